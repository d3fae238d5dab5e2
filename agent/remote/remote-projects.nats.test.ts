// `fs-sync project`, `job` and `nodes` as a person uses them who is elsewhere, against a server that is a process of its own.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commitText } from '../../core/testing/test-project.ts';
import { type ApiServer, openApiServer } from '../testing/api-server.ts';

let at: ApiServer;
beforeAll(async () => {
  at = await openApiServer(({ io }) => commitText(io, 'docs/a.md', 'a file'));
});
afterAll(() => at.close());

test('projects are made, listed, renamed, deleted and brought back by who reaches a server only', async () => {
  expect((await at.run(['project', 'create', 'site'])).out).toMatch(/^Created site\. Put files into it/);
  const twice = await at.run(['project', 'create', 'site']);
  expect([twice.code, twice.err]).toEqual([2, expect.stringContaining('There is a project of this name already.')]);
  const { projects } = JSON.parse((await at.run(['project', 'list', '--json'])).out);
  expect(projects.map(({ name }: { name: string }) => name)).toEqual(['demo', 'site']);
  expect((await at.run(['project', 'rename', 'site', 'www'])).out).toBe(
    'Renamed site to www; its history and its assignments go on.\n',
  );
  // The server follows what it did itself, a moment later.
  await expect.poll(async () => (await at.run(['project', 'list'])).out).toMatch(/^www {2}0 files \(0 B\): /m);
  const kept = await at.run(['project', 'delete', 'www'], 'another\n');
  expect([kept.code, kept.err]).toEqual([2, expect.stringContaining('nothing was deleted')]);
  expect((await at.run(['project', 'delete', 'www', '--yes'])).out).toMatch(/^Deleted www \(0 files \(0 B\)\)\./);
  await expect.poll(async () => (await at.run(['project', 'list'])).out).toContain('www  deleted, 0 files');
  expect((await at.run(['project', 'undelete', 'www'])).out).toContain('www is back');
});

test('a job is asked for and waited for, shown and listed; what cannot be done has its reason', async () => {
  const done = await at.run(['job', 'start', 'archive', '--project', 'demo']);
  expect([done.code, done.err, done.out]).toEqual([0, '', expect.stringMatching(/^\S+ {2}done: /)]);
  const [id = ''] = done.out.split(' ');
  expect((await at.run(['job', 'show', id])).out).toBe(done.out);
  expect((await at.run(['job', 'list'])).out).toMatch(new RegExp(`^${id} {2}done {7}archive demo, `));
  expect(JSON.parse((await at.run(['job', 'show', id, '--json'])).out)).toMatchObject({ id, state: 'done' });
  const over = await at.run(['job', 'cancel', id]);
  expect([over.code, over.out]).toEqual([2, '']);
  expect((await at.run(['job', 'start', 'promote', '--project', 'none'])).err).toContain(
    'npx fs-sync ls lists those that there are',
  );
  const onNothing = await at.run(['evict', 'demo', 'dosc']);
  expect([onNothing.code, onNothing.err]).toEqual([
    2,
    expect.stringMatching(/has nothing at this path.*npx fs-sync ls <project> lists what there is/s),
  ]);
  expect((await at.run(['job', 'start', 'sing'])).err).toContain('"sing" is no job');
});

test('nodes are listed; where there is none, how one starts is said', async () => {
  await expect.poll(async () => (await at.run(['nodes'])).out).toMatch(/^There is no node yet\./);
});

test('a project says what it decided for itself, and decides what is given', async () => {
  expect((await at.run(['project', 'policy', 'demo'])).out).toMatch(/^durability {7}fast: .*\n.*conflicts/);
  const changed = await at.run(['project', 'policy', 'demo', '--evict', 'never', '--evict-idle-days', '7', '--json']);
  expect(JSON.parse(changed.out).policy).toMatchObject({
    durability: 'fast',
    evict: { never: true, idle_ms: 604_800_000 },
  });
  await at.run(['project', 'policy', 'demo', '--evict-idle-days', 'default']);
  await expect
    .poll(async () => (await at.run(['project', 'policy', 'demo'])).out)
    .toMatch(/evict {12}never: .*\nevict-idle-days {2}default/);
  const wrong = await at.run(['project', 'policy', 'demo', '--durability', 'safe']);
  expect([wrong.code, wrong.err]).toEqual([
    2,
    expect.stringContaining('--durability is "safe": give one of fast, strict'),
  ]);
});

test('what is pinned stays in hot storage until it is not pinned any more', async () => {
  expect((await at.run(['pin', 'demo', 'docs'])).out).toBe('Pinned docs of demo: it stays in hot storage.\n');
  await expect.poll(async () => (await at.run(['pin', 'demo', 'docs'])).out).toBe('docs of demo was pinned before.\n');
  expect((await at.run(['pin', 'demo', 'none'])).out).toContain('where nothing is yet');
  expect((await at.run(['unpin', 'demo', 'docs'])).out).toBe(
    'docs of demo is not pinned any more: it may leave hot storage.\n',
  );
  await expect.poll(async () => (await at.run(['unpin', 'demo', 'docs'])).code).toBe(2);
  expect(JSON.parse((await at.run(['unpin', 'demo', 'none', '--json'])).out)).toMatchObject({ pinned: false });
});
