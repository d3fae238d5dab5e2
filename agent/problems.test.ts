// What cannot be carried, read, written or fetched is a problem of its path with its reason. The others go on, and it comes
// or goes by itself when it can.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { shaOf } from '../core/model/ids.ts';
import { memoryObjectStore } from '../core/store/memory-object-store.ts';
import { commitElsewhere, putFile } from './testing/elsewhere.ts';
import { Fleet, type TestNode, treeOf } from './testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

async function two(): Promise<[TestNode, TestNode]> {
  fleet = await Fleet.open();
  return fleet.two();
}

/** Root reads and writes everything, whatever the mode says. */
async function asOrdinaryUser(work: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await work();
    await fleet.close();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

test('an unreadable file is a problem with its path; the others go on, and it goes when it can be read', async () => {
  await asOrdinaryUser(async () => {
    const [a, b] = await two();
    await writeFile(a.path('secret'), 'x');
    await b.has('secret', 'x');
    await fleet.settled();
    chmodSync(a.path('secret'), 0);
    await writeFile(a.path('open'), 'y');
    await a.until(({ problems }) => problems[0]?.code === 'unreadable' && problems[0].path === 'secret');
    await b.has('open', 'y');
    await a.until(({ state }) => state === 'held');
    expect(a.status.sentence).toBe('In sync, 1 skipped.');
    expect(a.status.problems[0]?.reason).toMatch(/read permission/);
    const { last_try = '', next_try, problems } = a.status;
    expect([problems[0]?.next_try, next_try && next_try > last_try]).toEqual([next_try, true]);
    expect(readFileSync(b.path('secret'), 'utf8')).toBe('x');
    chmodSync(a.path('secret'), 0o600);
    await a.until(({ problem_count, state }) => problem_count === 0 && state === 'in-sync');
    expect(a.status).not.toHaveProperty('next_try');
  });
});

test('an unreadable directory says nothing about what is in it', async () => {
  await asOrdinaryUser(async () => {
    const [a, b] = await two();
    await mkdir(a.path('dir/sub'), { recursive: true });
    await writeFile(a.path('dir/sub/file'), 'x');
    await b.has('dir/sub/file', 'x');
    await fleet.settled();
    chmodSync(a.path('dir'), 0);
    await a.agent.rescan();
    await a.until(({ problems }) => problems.some(({ code, path }) => code === 'unreadable' && path.startsWith('dir')));
    await writeFile(b.path('other'), 'y');
    await a.has('other', 'y');
    expect(readFileSync(b.path('dir/sub/file'), 'utf8')).toBe('x');
    chmodSync(a.path('dir'), 0o755);
    await a.agent.rescan();
    await fleet.settled();
    expect(a.status.problem_count).toBe(0);
    expect(readFileSync(b.path('dir/sub/file'), 'utf8')).toBe('x');
  });
});

test('a directory that cannot be written is a problem, and what waits for it comes when it can', async () => {
  await asOrdinaryUser(async () => {
    const [a, b] = await two();
    await mkdir(b.path('dir'));
    await a.until(() => existsSync(a.path('dir')));
    await fleet.settled();
    chmodSync(b.path('dir'), 0o555);
    await fleet.settled();
    chmodSync(a.path('dir'), 0o755);
    await writeFile(a.path('dir/file'), 'x');
    await b.until(({ problems }) => problems[0]?.code === 'write-failed' && problems[0].path === 'dir/file');
    chmodSync(b.path('dir'), 0o755);
    await b.has('dir/file', 'x');
    await b.until(({ problem_count }) => problem_count === 0);
  });
});

test('what is not carried is told with its reason, and forgotten when it is gone', async () => {
  const [a] = await two();
  await symlink('/etc/passwd', a.path('link'));
  execFileSync('mkfifo', [a.path('pipe')]);
  await writeFile(Buffer.from([...Buffer.from(`${a.root}/bad-`), 0xff]), 'x');
  await a.until(({ problem_count }) => problem_count === 3);
  expect(a.status.problems.map(({ path, code }) => [path, code])).toEqual([
    ['bad-\\xff', 'bad-name'],
    ['link', 'symlink'],
    ['pipe', 'special-file'],
  ]);
  await a.until(({ state }) => state === 'in-sync');
  expect(a.status.sentence).toBe('In sync, 3 skipped.');
  await rm(Buffer.from([...Buffer.from(`${a.root}/bad-`), 0xff]));
  await rm(a.path('link'));
  await rm(a.path('pipe'));
  await a.until(({ problem_count }) => problem_count === 0);
});

test('while a file is on its way to the project a link beside it does not make that in sync', async () => {
  const kept = memoryObjectStore();
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const objects: typeof kept = {
    ...kept,
    put: async (...args) => {
      if (args[0] === shaOf('large')) await released;
      return kept.put(...args);
    },
  };
  fleet = await Fleet.open({ stores: { objects } });
  const a = fleet.start('a');
  await fleet.converged();
  await symlink('/etc/passwd', a.path('link'));
  await a.until(({ problems }) => problems[0]?.code === 'symlink');
  await writeFile(a.path('large'), 'large');
  await a.until(({ pending_up, state }) => pending_up === 1 && state === 'syncing');
  release();
  await a.until(({ sentence }) => sentence === 'In sync, 1 skipped.');
});

test('a file that becomes a symlink stays in the project', async () => {
  const [a, b] = await two();
  await writeFile(a.path('doc'), 'v1');
  await b.has('doc', 'v1');
  await rm(a.path('doc'));
  await symlink('/etc/passwd', a.path('doc'));
  await a.until(({ problems }) => problems[0]?.code === 'symlink');
  await fleet.settled();
  expect(readFileSync(b.path('doc'), 'utf8')).toBe('v1');
});

test('I11: nothing is written through a symlinked directory, however deep', async () => {
  const [a, b] = await two();
  await mkdir(a.path('x/y'), { recursive: true });
  await writeFile(a.path('x/y/one'), '1');
  await b.has('x/y/one', '1');
  await fleet.settled();
  const outside = join(fleet.dir, 'outside');
  mkdirSync(join(outside, 'y'), { recursive: true });
  // Within one turn: a look in between would find that the directory was removed, and the project would learn it.
  rmSync(b.path('x'), { recursive: true });
  symlinkSync(outside, b.path('x'));
  await writeFile(a.path('x/y/two'), '2');
  await writeFile(a.path('x/y/one'), 'changed');
  await b.until(({ problems, pending_down }) => problems.some(({ path }) => path === 'x') && pending_down === 2);
  await rm(a.path('x/y/one'));
  await a.until(({ files, state }) => files === 1 && state === 'in-sync');
  expect(readdirSync(join(outside, 'y'))).toEqual([]);
  await rm(b.path('x'));
  await fleet.settled();
  expect(await treeOf(a.root)).toEqual(await treeOf(b.root));
});

test('an object that is missing in hot is a problem of its path; it comes when the object does', async () => {
  fleet = await Fleet.open();
  const a = fleet.start('a');
  await fleet.converged();
  const [lost, other] = [await putFile(fleet, 'lost', 'lost'), await putFile(fleet, 'other', 'other')];
  const { sha } = lost.entry;
  await fleet.stores.objects.delete(sha);
  await commitElsewhere(fleet, lost, other);
  await a.has('other', 'other');
  await a.until(({ problems }) => problems[0]?.code === 'object-missing' && problems[0].path === 'lost');
  const { sentence } = await a.until(({ state }) => state === 'held');
  expect(sentence).toMatch(/^1 path of the project waits to come here\. lost: Its bytes/);
  await fleet.stores.objects.put(sha, 4, Buffer.from('lost'));
  a.agent.storageBack();
  await a.has('lost', 'lost');
  await a.until(({ state, problem_count }) => state === 'in-sync' && problem_count === 0);
});

test('I6: an object that is damaged in hot never comes into the workspace', async () => {
  const objects = memoryObjectStore();
  fleet = await Fleet.open({ stores: { objects } });
  const a = fleet.start('a');
  await fleet.converged();
  const op = await putFile(fleet, 'doc', 'good bytes');
  objects.damage(op.entry.sha, Buffer.from('evil bytes'));
  await commitElsewhere(fleet, op);
  await a.until(({ problems }) => problems[0]?.code === 'object-corrupt');
  expect(existsSync(a.path('doc'))).toBe(false);
  expect(readdirSync(a.path('.fs-sync/staging'))).toEqual([]);
});

test('a name that this disk cannot hold is a problem of its path', async () => {
  fleet = await Fleet.open();
  const a = fleet.start('a');
  await fleet.converged();
  await commitElsewhere(fleet, await putFile(fleet, 'n'.repeat(300), 'x'), await putFile(fleet, 'other', 'y'));
  await a.has('other', 'y');
  await a.until(({ problems }) => problems[0]?.code === 'name-too-long');
});
