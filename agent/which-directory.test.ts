// Which directory is the workspace, and of which project: one that is not there, is locked or is another's is left alone.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readCurrent } from '../core/commit/current.ts';
import { createProject } from '../core/commit/project.ts';
import { type ProjectName, parseNodeId, parseProjectName, parseTenant } from '../core/model/ids.ts';
import { silentLog } from '../core/model/log.ts';
import { startAgent } from './agent.ts';
import { Fleet, PROJECT, type TestNode, treeOf } from './testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

async function two(): Promise<[TestNode, TestNode]> {
  fleet = await Fleet.open();
  return fleet.two();
}

test('I9: when the marker is gone nothing is deleted anywhere, and it goes on when the directory is back', async () => {
  const [a, b] = await two();
  await writeFile(a.path('kept.txt'), 'kept');
  await b.has('kept.txt', 'kept');
  await rename(a.root, `${a.root}.away`);
  await mkdir(a.root);
  void a.agent.rescan();
  await writeFile(a.path('on the wrong disk'), 'x');
  await a.until(({ state }) => state === 'blocked');
  expect(a.status.sentence).toMatch(/not the workspace any more/);
  expect(readFileSync(b.path('kept.txt'), 'utf8')).toBe('kept');

  await rm(a.root, { recursive: true });
  await rename(`${a.root}.away`, a.root);
  await a.until(({ state }) => state === 'in-sync');
  await writeFile(b.path('kept.txt'), 'still');
  await a.has('kept.txt', 'still');
  expect(existsSync(b.path('on the wrong disk'))).toBe(false);
});

test('I9: an agent that starts on an unmounted directory remembers that there was a workspace', async () => {
  const [a, b] = await two();
  await writeFile(a.path('kept.txt'), 'kept');
  await b.has('kept.txt', 'kept');
  await a.agent.stop();
  await rm(a.root, { recursive: true });
  await mkdir(a.root);
  const again = fleet.start('a');
  await again.until(({ state }) => state === 'blocked');
  expect(again.status.sentence).toMatch(/Mount or move the directory back/);
  expect(readFileSync(b.path('kept.txt'), 'utf8')).toBe('kept');
});

test('a project that does not exist is waited for', async () => {
  fleet = await Fleet.open();
  const project = parseProjectName('later');
  const agent = startAgent({
    nodeId: parseNodeId('a'),
    tenant: parseTenant('default'),
    workspaces: [{ project, root: join(fleet.dir, 'later') }],
    stores: fleet.io,
    nodes: fleet.stores.nodes,
    log: silentLog,
    stateDir: join(fleet.dir, 'state'),
  });
  try {
    await agent.until(({ workspaces: [at] }) => at?.state === 'blocked' && /does not exist/.test(at.sentence));
    await createProject(fleet.io, project, { kind: 'user', id: 'someone' });
    await agent.until(({ workspaces: [at] }) => at?.state === 'in-sync');
  } finally {
    await agent.stop();
  }
});

test('a second agent on the same directory is refused, and takes over when the first has ended', async () => {
  const [a] = await two();
  const second = fleet.start('c', { root: a.root });
  await second.until(({ state }) => state === 'blocked');
  expect(second.status.sentence).toMatch(/^The agent of node a syncs .* already: stop it first/);
  await second.agent.stop();
  fleet.nodes.delete('c');
});

test('a directory inside of another workspace is refused, and what other agents keep for themselves is not carried', async () => {
  const [a, b] = await two();
  mkdirSync(a.path('notes/.fs-sync/staging'), { recursive: true });
  await writeFile(a.path('notes/.fs-sync/staging/get-1'), 'half a file');
  await writeFile(a.path('notes/one'), '1');
  await b.has('notes/one', '1');
  await fleet.settled();
  expect(existsSync(b.path('notes/.fs-sync'))).toBe(false);
  const inner = fleet.start('c', { root: a.path('notes') });
  const { sentence } = await inner.until((status) => status.state === 'blocked');
  expect(sentence).toMatch(/lies in the workspace .*: each would carry/);
  fleet.nodes.delete('c');
  await inner.agent.stop();
  expect(existsSync(a.path('notes/.fs-sync/workspace.json'))).toBe(false);
});

test('a directory of another project is refused', async () => {
  const [a] = await two();
  await a.agent.stop();
  const other = startAgent({
    nodeId: parseNodeId('x'),
    tenant: parseTenant('default'),
    workspaces: [{ project: parseProjectName('other'), root: a.root }],
    stores: fleet.io,
    nodes: fleet.stores.nodes,
    log: silentLog,
    stateDir: join(fleet.dir, 'x'),
  });
  await other.until(({ workspaces: [at] }) => /workspace of another project/.test(at?.sentence ?? ''));
  await other.stop();
});

/** A directory that was another agent's workspace, with a file of its own in it; nobody runs on it any more. */
async function another(project: ProjectName): Promise<string> {
  if (project !== PROJECT) await createProject(fleet.io, project, { kind: 'user', id: 'someone' });
  const root = join(fleet.dir, 'another');
  const agent = startAgent({
    nodeId: parseNodeId('x'),
    tenant: parseTenant('default'),
    workspaces: [{ project, root, ...(project === PROJECT && { mode: 'receive' }) }],
    stores: fleet.io,
    nodes: fleet.stores.nodes,
    log: silentLog,
    stateDir: join(fleet.dir, 'x'),
  });
  await agent.until(({ workspaces: [at] }) => at?.state === 'in-sync');
  await agent.stop();
  rmSync(join(root, 'kept.txt'), { force: true });
  writeFileSync(join(root, 'of another'), 'x');
  return root;
}

const head = async () => (await readCurrent(fleet.stores.index, PROJECT))?.current.commit_sha;

test.each([PROJECT, parseProjectName('other')])(
  'I9: when another workspace’s directory comes in the place of a running one, of project %s, nothing is deleted, committed or placed',
  async (project) => {
    const [a, b] = await two();
    await writeFile(a.path('kept.txt'), 'kept');
    await b.has('kept.txt', 'kept');
    await fleet.settled();
    const before = await head();
    const other = await another(project);

    await rename(a.root, `${a.root}.away`);
    await rename(other, a.root);
    void a.agent.rescan();
    writeFileSync(a.path('more'), 'x');
    const said = `it is another workspace now, of project ${project}. Nothing is synced and nothing is deleted.`;
    await a.until(({ state, sentence }) => state === 'blocked' && sentence.includes(said));
    expect(await head()).toBe(before);
    await writeFile(b.path('new on b'), 'new');
    await b.until(({ state, files }) => state === 'in-sync' && files === 2);
    expect(readdirSync(a.root).sort()).toEqual(['.fs-sync', 'more', 'of another']);
    expect(readdirSync(b.root).sort()).toEqual(['.fs-sync', 'kept.txt', 'new on b']);

    await rename(a.root, other);
    await rename(`${a.root}.away`, a.root);
    await fleet.converged();
    expect(await treeOf(a.root)).toEqual(await treeOf(b.root));
    expect(existsSync(b.path('more')) || existsSync(b.path('of another'))).toBe(false);
  },
);

test('I9: an agent that starts on the directory of another project’s workspace leaves it alone, and says so', async () => {
  const [a, b] = await two();
  await writeFile(a.path('kept.txt'), 'kept');
  await b.has('kept.txt', 'kept');
  await fleet.settled();
  const before = await head();
  const other = await another(parseProjectName('other'));
  await a.agent.stop();
  await rename(a.root, `${a.root}.away`);
  await rename(other, a.root);

  const again = fleet.start('a');
  await again.until(({ state }) => state === 'blocked');
  expect(again.status.sentence).toMatch(
    /is the workspace of another project \(other, not demo\): choose another directory/,
  );
  expect(await head()).toBe(before);
  expect(readdirSync(again.root).sort()).toEqual(['.fs-sync', 'of another']);
  expect(readFileSync(b.path('kept.txt'), 'utf8')).toBe('kept');

  await rename(again.root, other);
  await rename(`${again.root}.away`, again.root);
  await fleet.converged();
  expect(await head()).toBe(before);
});

test('I9: an agent that starts on another workspace of its project compares it anew, and deletes nothing', async () => {
  const [a, b] = await two();
  await writeFile(a.path('kept.txt'), 'kept');
  await b.has('kept.txt', 'kept');
  await fleet.settled();
  const other = await another(PROJECT);
  await a.agent.stop();
  await rename(a.root, `${a.root}.away`);
  await rename(other, a.root);

  const again = fleet.start('a');
  await again.has('kept.txt', 'kept');
  await b.has('of another', 'x');
  await fleet.settled();
  expect(readdirSync(b.root).sort()).toEqual(['.fs-sync', 'kept.txt', 'of another']);
  expect(await treeOf(again.root)).toEqual(await treeOf(b.root));
});

test('a workspace’s root may be a link to where it lies', async () => {
  fleet = await Fleet.open();
  const real = join(fleet.dir, 'elsewhere');
  mkdirSync(real);
  await symlink(real, join(fleet.dir, 'link'));
  const a = fleet.start('a', { root: join(fleet.dir, 'link') });
  const b = fleet.start('b');
  await fleet.converged();
  await writeFile(join(real, 'from-a'), 'a');
  await b.has('from-a', 'a');
  await writeFile(b.path('from-b'), 'b');
  await a.has('from-b', 'b');
});
