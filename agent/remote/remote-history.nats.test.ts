// `fs-sync history`, `diff`, `restore`, `share`, `shares` and `unshare` as a person uses them who is elsewhere, against a server that
// is a process of its own.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sha } from '../../core/model/ids.ts';
import { commitText } from '../../core/testing/test-project.ts';
import { type ApiServer, openApiServer } from '../testing/api-server.ts';

let at: ApiServer;
/** oldest first */
const commits: Sha[] = [];
beforeAll(async () => {
  at = await openApiServer(async ({ io }) => {
    for (const [path, text] of [
      ['docs/a.md', 'one'],
      ['b.md', 'another'],
      ['docs/a.md', 'three'],
    ] as const) {
      commits.push((await commitText(io, path, text)).commitSha);
    }
  });
});
afterAll(() => at.close());

const short = (i: number): string => commits.at(i)?.slice(0, 12) ?? '';
const json = async (...args: string[]) => JSON.parse((await at.run([...args, '--json'])).out);

test('commits are listed page by page, also those of one path, and named by their beginning', async () => {
  const { code, err, out } = await at.run(['history', 'demo', '--limit', '2']);
  expect([code, err, out.split('\n')]).toEqual([
    ...[0, ''],
    [
      expect.stringMatching(new RegExp(`^${short(-1)} {2}[0-9-]+ [0-9:]+ UTC {2}\\S+ {2}1 updated`)),
      expect.stringMatching(new RegExp(`^${short(-2)} .* 1 added`)),
      `Older ones: npx fs-sync history demo --from ${short(-3)}`,
      '',
    ],
  ]);
  expect((await at.run(['history', 'demo', '--from', short(-3)])).out.split('\n')[0]).toContain(short(-3));
  const ofPath = await json('history', 'demo', 'docs/a.md');
  expect(ofPath.commits.map(({ commit }: { commit: Sha }) => commit)).toEqual([commits[2], commits[0]]);
  const never = await at.run(['history', 'demo', 'docs/none']);
  expect([never.code, never.err]).toEqual([2, expect.stringContaining('demo never had a file docs/none')]);
  const none = await at.run(['history', 'demo', '--from', '0123456789']);
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('has no commit 0123456789')]);
});

test('a file is read and brought as it was at a commit that is named by its beginning', async () => {
  expect((await at.run(['cat', 'demo', 'docs/a.md', '--commit', short(0)])).out).toBe('one');
  const place = join(at.dir, 'as-it-was.md');
  expect((await at.run(['get', 'demo', 'docs/a.md', '--commit', short(0), '--to', place])).code).toBe(0);
  expect(readFileSync(place, 'utf8')).toBe('one');
});

test('what differs between two commits is told a line a path, and in all', async () => {
  const { code, err, out } = await at.run(['diff', 'demo', short(0)]);
  expect([code, err]).toEqual([0, '']);
  expect(out).toBe('added    b.md, 7 B\nupdated  docs/a.md, 3 B to 5 B\n1 added, 1 updated; 12 B came, 3 B went.\n');
  expect((await at.run(['diff', 'demo', short(2), short(2)])).out).toBe('Nothing differs.\n');
  expect(await json('diff', 'demo', short(1), short(2))).toMatchObject({ kind: 'updated', path: 'docs/a.md' });
});

test('a restore says what it would do, does it by a job, and has nothing to do then', async () => {
  const back = ['restore', 'demo', 'docs', '--to', short(0)];
  expect((await at.run([...back, '--dry-run'])).out).toBe(
    `Would restore docs of demo to ${short(0)}, which changes 1 path:\n  put     docs/a.md\n`,
  );
  expect((await at.run(['cat', 'demo', 'docs/a.md'])).out).toBe('three');
  expect(await json(...back, '--dry-run')).toMatchObject({ to: commits[0], updated: 1 });
  const done = await at.run(back);
  expect([done.code, done.err, done.out]).toEqual([
    ...[
      0,
      '',
      expect.stringMatching(/^Restored docs of demo to \w{12}: commit \w{12}\. Nodes get it by themselves\.\n$/),
    ],
  ]);
  await expect.poll(async () => (await at.run(['cat', 'demo', 'docs/a.md'])).out).toBe('one');
  expect((await at.run(back)).out).toMatch(/^Nothing to restore: docs of demo to /);
  expect(await json(...back)).toMatchObject({ project: 'demo', kind: 'unchanged' });
  const missing = await at.run(['restore', 'demo']);
  expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('give --to <commit>')]);
});

test('a link is made, opens what it says, is listed, and is revoked by the beginning of its id', async () => {
  const made = await at.run(['share', 'demo', 'docs/a.md', '--commit', short(0), '--expires', '12h', '--uses', '3']);
  expect([made.code, made.err]).toEqual([0, '']);
  const [link = '', line = '', end = ''] = made.out.split('\n');
  expect(line).toMatch(
    new RegExp(`^[0-9a-f]{12} {2}demo/docs/a\\.md {2}at ${short(0)}, until .* UTC, used 0 of 3 times, by `),
  );
  expect((await fetch(link)).status).toBe(200);
  const id = end.split(' ').at(-1) ?? '';
  expect((await at.run(['shares', '--project', 'demo'])).out).toContain(
    `${id}  demo/docs/a.md  at ${short(0)}, until `,
  );

  expect((await at.run(['unshare', id.slice(0, 8)])).out).toBe(
    'The link to demo/docs/a.md is revoked: whoever opens it from now on gets nothing.\n',
  );
  expect((await at.run(['unshare', id])).out).toBe('The link to demo/docs/a.md was revoked before.\n');
  expect((await fetch(link)).status).toBe(410);
  expect((await at.run(['shares'])).out).toMatch(/^Nothing is shared\./);
  expect(await json('shares', '--all')).toMatchObject([{ state: 'revoked', path: 'docs/a.md' }]);
});

test('a link has the password that is typed; what cannot be shared has its reason', async () => {
  const made = await at.run(['share', 'demo', '--password', '--expires', 'never', '--json'], 'open sesame\n');
  expect(JSON.parse(made.out)).toMatchObject({ has_password: true, expires_at: null, path: '' });
  for (const [args, reason] of [
    [['share', 'demo', 'none'], 'There is nothing at this path'],
    [['share', 'demo', '--uses', '0'], '--uses is "0"'],
    [['unshare', 'xyz'], '"xyz" is no id of a link'],
    [['unshare', '0123456789'], 'there is no link 0123456789'],
  ] as const) {
    const { code, err } = await at.run(args);
    expect([code, err]).toEqual([2, expect.stringContaining(reason)]);
  }
});
