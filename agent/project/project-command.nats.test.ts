// `fs-sync project` as a person uses it: a process of its own a command, against a real nats-server.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCommit } from '../../core/commit/chain.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { parseProjectName, type Tenant } from '../../core/model/ids.ts';
import type { KeyValue } from '../../core/store/key-value.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { indexBucket, nodesBucket } from '../../core/store/nats-names.ts';
import { natsObjectStore } from '../../core/store/nats-object-store.ts';
import { ensureTenant } from '../../core/store/nats-setup.ts';
import type { ObjectStore } from '../../core/store/object-store.ts';
import { useNats } from '../../core/testing/use-nats.ts';
import { type ProgramEnd, Programs } from '../testing/program.ts';

const nats = useNats();
let tenant: Tenant;
let index: KeyValue;
let objects: ObjectStore;
let dir: string;

beforeAll(async () => {
  tenant = nats.rig.freshTenant();
  const { shards } = await ensureTenant(nats.link, tenant);
  index = natsKeyValue(nats.link, indexBucket(tenant));
  objects = natsObjectStore(nats.link, tenant, { shards });
  dir = mkdtempSync(join(tmpdir(), 'fs-project-'));
});
afterAll(() => {
  programs.kill();
  rmSync(dir, { recursive: true, force: true });
});

const programs = new Programs(() => ({ NATS_URL: nats.rig.url, FS_TENANT: tenant, FS_DATA_DIR: join(dir, 'data') }));

/** @param typed  on its input */
async function project(args: readonly string[], typed = ''): Promise<ProgramEnd> {
  const program = programs.start(['project', ...args]);
  program.child.stdin?.end(typed);
  return program.ended;
}
const json = async (...args: string[]): Promise<unknown> => JSON.parse((await project([...args, '--json'])).out);
const currentOf = (name: string) => readCurrent(index, parseProjectName(name));

test('a project is created once, is listed, renamed with its history, deleted, and brought back', async () => {
  expect((await project(['list'])).out).toBe(
    'There is no project yet. Create one: npx fs-sync project create <name>\n',
  );
  const created = await project(['create', 'site']);
  expect(created).toMatchObject({
    code: 0,
    err: '',
    out: 'Created site. Put it on a node: npx fs-sync activate --node <id> --project site\n',
  });
  const first = (await currentOf('site'))?.current.commit_sha;
  const twice = await project(['create', 'site']);
  expect([twice.code, twice.err]).toEqual([2, 'fs-sync: there is a project site already: choose another name\n']);

  expect((await project(['list'])).out).toMatch(/^site {2}0 files \(0 B\), changed \d{4}-.* UTC\n$/);
  expect(await json('rename', 'site', 'www')).toMatchObject({ project: 'www', from: 'site', nodes: [] });
  const renamed = await currentOf('www');
  expect(renamed && (await readCommit(objects, renamed.current.commit_sha)).parents).toEqual([first]);
  expect(await currentOf('site')).toBeUndefined();

  const deleted = await project(['delete', 'www', '--yes']);
  expect(deleted.out).toMatch(
    /^Deleted www \(0 files .* Until \d{4}-.* it can be brought back: npx fs-sync project undelete www\n$/,
  );
  const listed = await project(['list']);
  expect(listed.out).toMatch(
    /^site {2}deleted,.*\nwww {2}deleted, .*, kept until \d{4}-.* UTC: npx fs-sync project undelete www\n$/,
  );
  expect((await project(['undelete', 'www'])).out).toBe(
    'www is back (0 files (0 B)); its workspaces go on by themselves.\n',
  );
  expect((await currentOf('www'))?.current.commit_sha).toBe(renamed?.current.commit_sha);
  expect(await json('list')).toMatchObject({
    projects: [{ name: 'www', files: 0, bytes: 0, commit_sha: renamed?.current.commit_sha }],
    deleted: [{ name: 'site', commit_sha: first, purge_after: expect.stringMatching(/^\d{4}-/) }],
  });
});

test('a project is deleted when its name is typed, and by nothing else', async () => {
  await project(['create', 'precious']);
  const wrong = await project(['delete', 'precious'], 'yes\n');
  expect(wrong.code).toBe(2);
  expect(wrong.err).toMatch(
    /precious has 0 files \(0 B\)\. Type its name to delete it: .*"yes" is not precious, so nothing was deleted/,
  );
  const silent = await project(['delete', 'precious']);
  expect([silent.code, silent.err]).toEqual([2, expect.stringMatching(/type the name, or give --yes/)]);
  expect(await currentOf('precious')).toBeDefined();

  const right = await project(['delete', 'precious', '--json'], 'precious\n');
  expect(JSON.parse(right.out)).toMatchObject({ project: 'precious', purge_after: expect.any(String) });
  expect(await currentOf('precious')).toBeUndefined();
});

test.each([
  [['create', 'My Site'], /"My Site" is not a project name: it has 1 to 63 of a-z/],
  [
    ['rename', 'nothing', 'other'],
    /there is no project nothing: give the name of one that exists \(npx fs-sync project list\)/,
  ],
  [['rename', 'same', 'same'], /same has that name: give another one/],
  [['delete', 'nothing', '--yes'], /there is no project nothing/],
  [['undelete', 'nothing'], /no deleted project nothing is kept/],
  [['unheard'], /unknown command 'unheard'/],
])('what cannot be done is told with its value and the next step: %j', async (args, message) => {
  const end = await project(args);
  expect(end).toMatchObject({ code: 2, out: '' });
  expect(end.err).toMatch(message);
});

test('help shows how it is called', async () => {
  const { code, out } = await project(['--help']);
  expect(code).toBe(0);
  expect(out).toContain('npx fs-sync project delete www --yes');
});

test('a project’s own policies are shown and changed, each by itself; what is not accepted is said', async () => {
  await project(['create', 'ruled']);
  expect((await project(['policy', 'ruled'])).out).toContain('evict-idle-days  default: what the servers are set to\n');
  expect(await json('policy', 'ruled', '--evict-idle-days', '7', '--first-read', 'object')).toMatchObject({
    policy: { evict: { never: false, idle_ms: 7 * 86_400_000 }, first_read: 'object', conflicts: 'last-writer' },
  });
  expect(await json('policy', 'ruled', '--evict', 'never', '--conflicts', 'keep-both')).toMatchObject({
    policy: { evict: { never: true, idle_ms: 7 * 86_400_000 }, first_read: 'object', conflicts: 'keep-both' },
  });
  const shown = (await project(['policy', 'ruled', '--evict-idle-days', 'default'])).out;
  expect(shown).toContain('evict            never: stays in hot\nevict-idle-days  default');
  for (const [option, value, said] of [
    ['--evict-idle-days', '0', 'give a whole number from 1 to 36500'],
    ['--evict', 'always', '--evict is "always": give one of never, by-policy'],
    ['--durability', 'soft', 'give one of fast, strict'],
  ] as const) {
    expect(await project(['policy', 'ruled', option, value])).toMatchObject({
      code: 2,
      err: expect.stringContaining(said),
    });
  }
});

test('what is ignored is listed, and taken off the project; what is wrong with the words is said', async () => {
  await project(['create', 'logs']);
  expect(await project(['forget-ignored', 'logs'])).toMatchObject({
    code: 0,
    out: 'logs has nothing that is ignored.\n',
  });
  const script = 'echo a > a.log; echo b > b.txt';
  const run = (what: string) => programs.start(['run', '--project', 'logs', '--', 'sh', '-c', what]).ended;
  expect((await run(script)).code).toBe(0);
  expect((await run("echo '*.log' > .fsignore")).code).toBe(0);
  const dry = await project(['forget-ignored', 'logs', '--dry-run']);
  expect(dry.out).toBe('1 path of logs (2 B) is ignored and would be taken off; files on nodes stay:\n  a.log\n');
  expect((await currentOf('logs'))?.current.files).toBe(3);
  expect(await json('forget-ignored', 'logs')).toMatchObject({ project: 'logs', bytes: 2, paths: ['a.log'] });
  expect((await currentOf('logs'))?.current.files).toBe(2);

  expect((await project(['forget-ignored', 'logs', '--dry-run'])).out).toBe('logs has nothing that is ignored.\n');
  expect((await run('mkdir build; echo c > build/c.txt')).code).toBe(0);
  expect((await run('echo build/ > .fsignore')).code).toBe(0);
  const inside = { v: 1, workspaces: [{ project: 'logs', prefix: 'build', root: 'built' }] };
  await natsKeyValue(nats.link, nodesBucket(tenant)).put('node-c.desired', Buffer.from(JSON.stringify(inside)));
  expect((await project(['forget-ignored', 'logs'])).out).toBe(
    'logs has nothing to take off.\n1 path in build is ignored and stays in the project: a workspace of build follows what is in it (node-c).\n',
  );
  expect(await project(['forget-ignored', 'none'])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/no project none/),
  });
});
