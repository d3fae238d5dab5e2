// The API of a whole server, on a real nats-server: what programs write is what they read back at once, and what came in parts
// is there after the server was started anew.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { shaOf } from '../../core/model/ids.ts';
import { silentLog } from '../../core/model/log.ts';
import { useNats } from '../../core/testing/use-nats.ts';
import { type RunningServer, startServer } from '../serve.ts';
import { serverSettings } from '../settings.ts';

// The browser's files come from the build, and have no part in the API.
vi.mock('../../app/assets.ts', () => ({
  loadAssets: () => ({ url: String, sprite: '', serve: () => new Response() }),
}));

const nats = useNats();
const directory = mkdtempSync(join(tmpdir(), 'fs-api-nats-'));
const TOKEN = 'the-admin-token-of-the-test';
let server: RunningServer | undefined;
afterAll(async () => {
  await server?.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('objects, parts, commits and files', async () => {
  const tenant = nats.rig.freshTenant();
  const start = () =>
    startServer(
      serverSettings({
        ...{ NATS_URL: nats.rig.url, FS_TENANT: tenant, FS_DATA_DIR: directory },
        ...{ PORT: '0', FS_ADMIN_TOKEN: TOKEN, FS_API_RATE: '10000' },
      }),
      silentLog,
    );
  server = await start();
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${server?.url}/api/v1${path}`, { ...init, headers: { authorization: `Bearer ${TOKEN}`, ...init.headers } });
  const send = (method: string, path: string, body: object, headers: Record<string, string> = {}) =>
    ask(path, { method, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  expect((await send('POST', '/projects', { name: 'demo' })).status).toBe(201);

  // Larger than a chunk of the store, with its length said and not.
  const large = randomBytes(5 * 2 ** 20 + 3);
  const sha = shaOf(large);
  expect((await ask(`/objects/${sha}`, { method: 'PUT', body: large })).status).toBe(200);
  const other = randomBytes(2 * 2 ** 20);
  const streamed = await ask(`/objects/${shaOf(other)}`, {
    ...{ method: 'PUT', body: new Blob([other]).stream(), duplex: 'half' },
  } as RequestInit);
  expect(streamed.status).toBe(200);
  const wrong = await ask(`/objects/${shaOf('x')}`, { method: 'PUT', body: other });
  expect([wrong.status, (await ask(`/objects/${shaOf('x')}`, { method: 'HEAD' })).status]).toEqual([422, 404]);

  const parts = randomBytes(100_000);
  const upload = `/projects/demo/uploads/${shaOf(parts)}-${parts.length}`;
  const part = (from: number, to: number) =>
    ask(upload, { method: 'PATCH', headers: { 'upload-offset': String(from) }, body: parts.subarray(from, to) });
  expect((await part(0, 40_000)).status).toBe(204);
  await server.stop();
  server = await start();
  expect((await ask(upload, { method: 'HEAD' })).headers.get('upload-offset')).toBe('40000');
  expect((await part(40_000, 100_000)).status).toBe(200);

  const { commit } = await (await ask('/projects/demo')).json();
  const ops = [
    { op: 'put', path: 'large.bin', sha, size: large.length },
    { op: 'put', path: 'docs/parts.bin', sha: shaOf(parts), size: parts.length },
  ];
  const made = await send('POST', '/projects/demo/commits', { ops, message: 'both' }, { 'if-match': `"${commit}"` });
  expect([made.status, (await made.json()).counts]).toEqual([200, { added: 2, updated: 0, deleted: 0, moved: 0 }]);
  const back = await ask('/projects/demo/files/large.bin');
  expect(shaOf(Buffer.from(await back.arrayBuffer()))).toBe(sha);
  const tail = await ask('/projects/demo/files/docs/parts.bin', { headers: { range: 'bytes=-5' } });
  expect(Buffer.from(await tail.arrayBuffer()).equals(parts.subarray(-5))).toBe(true);
  const stale = await send('POST', '/projects/demo/commits', { ops }, { 'if-match': `"${commit}"` });
  expect(stale.status).toBe(412);

  // Many writers at once, each of which reads what it wrote.
  const names = Array.from({ length: 20 }, (_, n) => `many/${n}.txt`);
  await Promise.all(
    names.map(async (name) => {
      expect((await ask(`/projects/demo/files/${name}`, { method: 'PUT', body: name })).status).toBe(200);
      expect(await (await ask(`/projects/demo/files/${name}`)).text()).toBe(name);
    }),
  );
  expect((await ask('/projects/demo/files/many', { method: 'DELETE' })).status).toBe(200);
  const tree = await (await ask('/projects/demo/tree')).json();
  expect(tree.items.map(({ path }: { path: string }) => path)).toEqual(['docs', 'large.bin']);
}, 60_000);
