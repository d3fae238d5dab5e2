// What `get` never does, whatever the server says and whoever runs beside it: a small server of its own answers.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseProjectName, shaOf } from '../../core/model/ids.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { ApiClient } from './api-client.ts';
import { StrangeServerError } from './api-errors.ts';
import { fetchFile } from './fetch-file.ts';
import { getCommand } from './get-command.ts';
import { leavePart, takePart } from './part-file.ts';
import { whichServer } from './which-server.ts';

const BYTES = randomBytes(300_000);
const SHA = shaOf(BYTES);
const AT = { project: parseProjectName('p'), path: fakePath('big'), commit: undefined };
const FACTS = { sha: SHA, size: BYTES.length, mode: 0o644, mtime: 1_700_000_000_000 };

let server: Server;
let dir: string;
let answer: RequestListener;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'fs-get-'));
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true });
});

const env = () => ({ FS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, FS_TOKEN: 'a-token' });

/** Sends the first half, and the rest when it is told. */
function inHalves(): { readonly asked: () => number; readonly rest: () => void } {
  const waiting: (() => void)[] = [];
  let asked = 0;
  answer = (request, response) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(206, {
      etag: `"${SHA}"`,
      'content-length': BYTES.length - start,
      'content-range': `bytes ${start}-${BYTES.length - 1}/${BYTES.length}`,
    });
    response.write(BYTES.subarray(start, 150_000));
    waiting.push(() => response.end(BYTES.subarray(Math.max(start, 150_000))));
    asked++;
  };
  return {
    asked: () => asked,
    rest: () => {
      for (const end of waiting) end();
    },
  };
}

test('I6: two runs that get one file at once each write a part of their own, and what is placed is the file', async () => {
  const line = inHalves();
  const io = { client: new ApiClient(whichServer({}, env())), root: dir, force: false, moved: () => {} };
  const both = Promise.all([fetchFile(io, AT, FACTS, AT.path), fetchFile(io, AT, FACTS, AT.path)]);
  await expect.poll(line.asked).toBe(2);
  line.rest();
  expect((await both).map(({ kind }) => kind).sort()).toEqual(['fetched', 'there-already']);
  expect(readFileSync(join(dir, 'big')).equals(BYTES)).toBe(true);
  expect(readdirSync(dir)).toEqual(['big']);
});

test('a part that was left is taken over by one run only, and never one that is written', async () => {
  const target = join(dir, 'big');
  const first = await takePart(target, SHA);
  writeFileSync(first, 'begun');
  const second = await takePart(target, SHA);
  expect(existsSync(second)).toBe(false);
  leavePart(first);
  const [one, other] = await Promise.all([takePart(target, SHA), takePart(target, SHA)]);
  expect([one, other].map((part) => existsSync(part)).sort()).toEqual([false, true]);
  expect(existsSync(first)).toBe(false);
  // Another version of the file has other parts, and another machine's are not told apart from those that are written.
  expect(existsSync(await takePart(target, shaOf('another')))).toBe(false);
});

test.each(['abcde../evil', 'other/evil', 'docs'])(
  'I11: a server that lists %s in docs is not followed, and nothing is written outside',
  async (path) => {
    const root = join(dir, 'below');
    mkdirSync(root);
    answer = (request, response) => {
      const isTree = request.url?.includes('/tree');
      const about = { name: 'evil', sha: SHA, size: 4, mode: 0o644, mtime: 0, hot: true, cold: false };
      const listed = { commit: null, files: 1, bytes: 4 };
      const page = { listed, searched: null, items: [{ kind: 'file', path, ...about }], next: null };
      const problem = { type: 'x', title: 'x', status: 404, code: 'no-file', detail: 'It is a directory.' };
      response.writeHead(isTree ? 200 : 404, {
        'content-type': isTree ? 'application/json' : 'application/problem+json',
      });
      response.end(JSON.stringify(isTree ? page : problem));
    };
    await expect(getCommand('p', 'docs', { to: root, force: true }, env())).rejects.toThrow(
      new StrangeServerError(`the server lists "${path}" as directly in "docs", where it is not`),
    );
    expect([readdirSync(dir), readdirSync(root)]).toEqual([['below'], []]);
  },
);
