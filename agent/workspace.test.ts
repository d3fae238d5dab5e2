// What one workspace does when something is wrong: with stores in memory, so that each fault can be made on purpose.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { chmod, mkdir, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readCommit, walkChain } from '../core/commit/chain.ts';
import { commit } from '../core/commit/commit.ts';
import { readCurrent } from '../core/commit/current.ts';
import type { PathOp } from '../core/commit/path-op.ts';
import { changePolicy } from '../core/commit/policy.ts';
import { createProject } from '../core/commit/project.ts';
import type { FileEntry } from '../core/model/entry.ts';
import { parseNodeId, parseProjectName, parseTenant, shaOf } from '../core/model/ids.ts';
import { currentKey, nodeStatusKey } from '../core/model/index-keys.ts';
import { silentLog } from '../core/model/log.ts';
import { nodeStatusSchema } from '../core/model/node-status.ts';
import { fakePath } from '../core/model/rel-path.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { memoryObjectStore } from '../core/store/memory-object-store.ts';
import type { ObjectStore } from '../core/store/object-store.ts';
import { StoreDeniedError, StoreFullError, StoreUnavailableError } from '../core/store/store-errors.ts';
import { startAgent } from './agent.ts';
import { Fleet, loudLog, PROJECT, type TestNode, treeOf } from './testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

async function openFleet(objects: ObjectStore = memoryObjectStore()): Promise<Fleet> {
  fleet = await Fleet.open({
    stores: { objects, index: memoryKeyValue(), nodes: memoryKeyValue() },
    ...(process.env.LOUD && { log: loudLog }),
  });
  return fleet;
}

async function two(): Promise<[TestNode, TestNode]> {
  await openFleet();
  const pair: [TestNode, TestNode] = [fleet.start('a'), fleet.start('b')];
  await fleet.converged();
  return pair;
}

/** Objects whose puts and gets fail, or do something first, when a test says so. */
function faulty(): ObjectStore & { put: ObjectStore['put']; beforePut?: () => void; beforeGet?: () => Promise<void> } {
  const inner = memoryObjectStore();
  const store: ReturnType<typeof faulty> = {
    ...inner,
    async put(...args) {
      store.beforePut?.();
      return inner.put(...args);
    },
    async get(...args) {
      await store.beforeGet?.();
      return inner.get(...args);
    },
  };
  return store;
}

async function commitsOf(): Promise<number> {
  const current = await readCurrent(fleet.stores.index, PROJECT);
  let count = 0;
  if (current) for await (const _ of walkChain(fleet.stores.objects, current.current.commit_sha)) count++;
  return count;
}

const stateFile = (node: string): string => {
  const dir = join(fleet.dir, node, 'state');
  const [name] = readdirSync(dir).filter((one) => one.endsWith('.db'));
  return join(dir, name ?? '');
};

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

test('a lost state file means that all is read again: nothing is deleted, edits are kept, old versions give way', async () => {
  const [a, b] = await two();
  for (const name of ['same', 'edited', 'stale', 'gone here', 'gone there']) await writeFile(a.path(name), 'v1');
  await fleet.settled();
  await b.agent.stop();
  rmSync(stateFile('b'));
  await writeFile(b.path('edited'), 'by b');
  await unlink(b.path('gone here'));
  await writeFile(a.path('stale'), 'v2');
  await unlink(a.path('gone there'));
  await fleet.nodes.get('a')?.agent.rescan();
  await a.until(({ state, files }) => state === 'in-sync' && files === 4);
  fleet.start('b');
  await fleet.settled();
  const contents = Object.keys(await treeOf(b.root)).map((name) => [name, readFileSync(b.path(name), 'utf8')]);
  expect(Object.fromEntries(contents)).toEqual({
    edited: 'by b',
    'gone here': 'v1',
    'gone there': 'v1',
    same: 'v1',
    stale: 'v2',
  });
  expect(await treeOf(a.root)).toEqual(await treeOf(b.root));
});

test('a crash between rename and record does not undo what others did since', async () => {
  const [a, b] = await two();
  await writeFile(a.path('doc'), 'v1');
  await b.has('doc', 'v1');
  await fleet.settled();
  await b.agent.stop();
  copyFileSync(stateFile('b'), join(fleet.dir, 'old.db'));
  let again = fleet.start('b');
  await writeFile(a.path('doc'), 'v2');
  await again.has('doc', 'v2');
  await again.agent.stop();
  copyFileSync(join(fleet.dir, 'old.db'), stateFile('b'));
  await writeFile(a.path('doc'), 'v3');
  await a.until(({ state }) => state === 'in-sync');
  await a.agent.rescan();
  const before = await commitsOf();
  again = fleet.start('b');
  await again.has('doc', 'v3');
  await fleet.settled();
  expect(readFileSync(a.path('doc'), 'utf8')).toBe('v3');
  expect(await commitsOf()).toBe(before);
});

test('I8: an edit that comes while the remote version is fetched is kept, and wins', async () => {
  const objects = faulty();
  await openFleet();
  const a = fleet.start('a');
  const b = fleet.start('b', { stores: { objects: { ...objects, ...withBacking(objects, fleet) } } });
  await fleet.converged();
  await writeFile(a.path('doc'), 'v1');
  await b.has('doc', 'v1');
  await fleet.settled();
  let edited = false;
  objects.beforeGet = async () => {
    if (edited) return;
    edited = true;
    await writeFile(b.path('doc'), 'edited on b');
  };
  await writeFile(a.path('doc'), 'v2 from a');
  await a.has('doc', 'edited on b');
  await fleet.settled();
  expect(readFileSync(b.path('doc'), 'utf8')).toBe('edited on b');
});

/** The fleet's objects behind hooks of one node. */
function withBacking(hooks: ReturnType<typeof faulty>, { stores }: Fleet): ObjectStore {
  return {
    ...stores.objects,
    async put(...args) {
      hooks.beforePut?.();
      return stores.objects.put(...args);
    },
    async get(...args) {
      await hooks.beforeGet?.();
      return stores.objects.get(...args);
    },
  };
}

test.each([
  ['full', () => new StoreFullError('hot', 'the stream is at its limit'), /NATS has no room left/],
  ['away', () => new StoreUnavailableError('hot', 'no answer'), /NATS does not answer/],
  ['closed to us', () => new StoreDeniedError('hot', 'no permission'), /NATS refuses/],
])('a store that is %s blocks the workspace in words, and its return is enough to go on', async (_, error, words) => {
  const objects = faulty();
  await openFleet(objects);
  const a = fleet.start('a');
  await fleet.converged();
  let broken = true;
  objects.beforePut = () => {
    if (broken) throw error();
  };
  for (let i = 0; i < 5; i++) await writeFile(a.path(`file-${i}`), `${i}`);
  await a.until(({ state }) => state === 'blocked');
  expect(a.status.sentence).toMatch(words);
  expect(a.status.sentence).toMatch(/Since \d\d:\d\d:\d\d UTC/);
  broken = false;
  await a.until(({ state, files }) => state === 'in-sync' && files === 5);
});

test('a project that does not exist is waited for', async () => {
  await openFleet();
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
  expect(second.status.sentence).toMatch(/Another agent syncs/);
  await second.agent.stop();
  fleet.nodes.delete('c');
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
    await a.until(({ state }) => state === 'blocked');
    expect(a.status.sentence).toMatch(/secret: .*read permission/);
    expect(readFileSync(b.path('secret'), 'utf8')).toBe('x');
    chmodSync(a.path('secret'), 0o600);
    await a.until(({ problem_count, state }) => problem_count === 0 && state === 'in-sync');
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
  expect(a.status.sentence).toMatch(/3 paths are left out/);
  await rm(Buffer.from([...Buffer.from(`${a.root}/bad-`), 0xff]));
  await rm(a.path('link'));
  await rm(a.path('pipe'));
  await a.until(({ problem_count }) => problem_count === 0);
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

test('a file becomes a directory and a directory a file, on the other node too', async () => {
  const [a, b] = await two();
  await writeFile(a.path('one'), 'file');
  await mkdir(a.path('two/deep'), { recursive: true });
  await writeFile(a.path('two/deep/x'), 'x');
  await writeFile(a.path('two/y'), 'y');
  await fleet.settled();
  await rm(a.path('one'));
  await mkdir(a.path('one'));
  await writeFile(a.path('one/inside'), 'inside');
  await rm(a.path('two'), { recursive: true });
  await writeFile(a.path('two'), 'file now');
  await b.has('one/inside', 'inside');
  await b.has('two', 'file now');
  await fleet.settled();
  expect(await treeOf(b.root)).toEqual(await treeOf(a.root));
});

test('mode and time alone travel without the bytes', async () => {
  const [a, b] = await two();
  await writeFile(a.path('tool'), 'x');
  await b.has('tool', 'x');
  await fleet.settled();
  const { ino } = statSync(b.path('tool'));
  await chmod(a.path('tool'), 0o750);
  await b.until(() => (statSync(b.path('tool')).mode & 0o777) === 0o750);
  expect(statSync(b.path('tool')).ino).toBe(ino);
});

test('a workspace’s root may be a link to where it lies', async () => {
  await openFleet();
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

test('a workspace can hold a part of a project', async () => {
  await openFleet();
  const whole = fleet.start('a');
  const part = fleet.start('b', { prefix: 'docs/en' });
  await fleet.converged();
  await mkdir(whole.path('docs/en'), { recursive: true });
  await writeFile(whole.path('docs/en/intro.md'), 'hello');
  await writeFile(whole.path('docs/other.md'), 'not there');
  await part.has('intro.md', 'hello');
  await writeFile(part.path('from-part.md'), 'back');
  await whole.has('docs/en/from-part.md', 'back');
  await fleet.settled();
  expect(Object.keys(await treeOf(part.root))).toEqual(['from-part.md', 'intro.md']);
});

test('the portable watcher and polling do the same work', async () => {
  await openFleet();
  const portable = fleet.start('a', { watch: 'portable' });
  const polling = fleet.start('b', { watch: 'polling' });
  await fleet.converged();
  await writeFile(portable.path('one'), '1');
  await polling.has('one', '1');
  await mkdir(polling.path('dir'));
  await writeFile(polling.path('dir/two'), '2');
  await portable.has('dir/two', '2');
  await rm(polling.path('dir'), { recursive: true });
  await portable.has('dir/two', undefined);
});

test('a node says how it is, and that it left', async () => {
  const [a] = await two();
  await a.agent.stop();
  const entry = await fleet.stores.nodes.get(nodeStatusKey(parseNodeId('a')));
  const status = nodeStatusSchema.parse(JSON.parse(Buffer.from(entry?.value ?? '').toString('utf8')));
  expect(status.left).toBe(true);
  expect(status.workspaces[0]?.project).toBe(PROJECT);
});

test('I2: a watch that lags behind the node’s own commits does not undo them', async () => {
  await openFleet();
  const { index } = fleet.stores;
  let hold: Promise<void> | undefined;
  let letGo = () => {};
  const lagging: KeyValue = {
    ...index,
    async *watch(filter, options) {
      for await (const change of index.watch(filter, options)) {
        await hold;
        yield change;
      }
    },
  };
  const a = fleet.start('a', { stores: { index: lagging } });
  await fleet.converged();
  hold = new Promise((resolve) => {
    letGo = resolve;
  });
  for (const name of ['one', 'two', 'three']) {
    await writeFile(a.path(name), name);
    await a.until(({ files, pending_up }) => files > 0 && pending_up === 0 && existsSync(a.path(name)));
    await a.agent.rescan();
    await a.until(({ pending_up }) => pending_up === 0);
  }
  const { ino } = statSync(a.path('three'));
  letGo();
  await fleet.converged();
  expect(Object.keys(await treeOf(a.root))).toEqual(['one', 'three', 'two']);
  expect(statSync(a.path('three')).ino).toBe(ino);
});

test('I12: when current went back, what the node holds is committed again and nothing is deleted', async () => {
  await openFleet();
  const { index } = fleet.stores;
  const a = fleet.start('a');
  await fleet.converged();
  await writeFile(a.path('early'), 'early');
  await fleet.settled();
  const backup = await index.get(currentKey(PROJECT));
  await writeFile(a.path('late'), 'late');
  await writeFile(a.path('early'), 'early, edited late');
  await fleet.settled();
  await a.agent.stop();
  // A restored backup: the old value under a revision that is older than what the node saw.
  const restored = memoryKeyValue();
  await restored.put(currentKey(PROJECT), backup?.value ?? new Uint8Array());
  const again = fleet.start('a', { stores: { index: restored } });
  await again.until(({ state, files, base }) => state === 'in-sync' && files === 2 && base !== null);
  expect(readFileSync(again.path('late'), 'utf8')).toBe('late');
  expect(readFileSync(again.path('early'), 'utf8')).toBe('early, edited late');
  const current = await readCurrent(restored, PROJECT);
  expect(current?.current.files).toBe(2);
  fleet.nodes.delete('a');
  await again.agent.stop();
});

/** Commits as another node would, without one. */
async function commitElsewhere(...ops: PathOp[]): Promise<void> {
  await commit(fleet.io, { project: PROJECT, ops, actor: { kind: 'user', id: 'someone' } });
}

async function fileOp(path: string, content: string): Promise<PathOp & { kind: 'put' }> {
  const bytes = Buffer.from(content);
  const sha = shaOf(bytes);
  await fleet.stores.objects.put(sha, bytes.length, bytes);
  return { kind: 'put', entry: { path: fakePath(path), sha, size: bytes.length, mode: 0o644, mtime: 1_000 } };
}

test('an object that is missing in hot is a problem of its path; it comes when the object does', async () => {
  await openFleet();
  const a = fleet.start('a');
  await fleet.converged();
  const [lost, other] = [await fileOp('lost', 'lost'), await fileOp('other', 'other')];
  const { sha } = lost.entry as FileEntry;
  await fleet.stores.objects.delete(sha);
  await commitElsewhere(lost, other);
  await a.has('other', 'other');
  await a.until(({ problems }) => problems[0]?.code === 'object-missing' && problems[0].path === 'lost');
  expect(a.status.state).toBe('blocked');
  await fleet.stores.objects.put(sha, 4, Buffer.from('lost'));
  a.agent.storageBack();
  await a.has('lost', 'lost');
  await a.until(({ state, problem_count }) => state === 'in-sync' && problem_count === 0);
});

test('I6: an object that is damaged in hot never comes into the workspace', async () => {
  const objects = memoryObjectStore();
  await openFleet(objects);
  const a = fleet.start('a');
  await fleet.converged();
  const op = await fileOp('doc', 'good bytes');
  objects.damage((op.entry as FileEntry).sha, Buffer.from('evil bytes'));
  await commitElsewhere(op);
  await a.until(({ problems }) => problems[0]?.code === 'object-corrupt');
  expect(existsSync(a.path('doc'))).toBe(false);
  expect(readdirSync(a.path('.fs-sync/staging'))).toEqual([]);
});

test('a name that this disk cannot hold is a problem of its path', async () => {
  await openFleet();
  const a = fleet.start('a');
  await fleet.converged();
  await commitElsewhere(await fileOp('n'.repeat(300), 'x'), await fileOp('other', 'y'));
  await a.has('other', 'y');
  await a.until(({ problems }) => problems[0]?.code === 'name-too-long');
});

test('a conflict is told by the commit that won it', async () => {
  const [a, b] = await two();
  await writeFile(a.path('doc'), 'base');
  await b.has('doc', 'base');
  await fleet.settled();
  await b.agent.stop();
  await writeFile(b.path('doc'), 'by b');
  await writeFile(a.path('doc'), 'by a');
  await a.agent.rescan();
  await a.until(({ pending_up, state }) => pending_up === 0 && state === 'in-sync');
  fleet.start('b');
  await a.has('doc', 'by b');
  await fleet.settled();
  const current = await readCurrent(fleet.stores.index, PROJECT);
  const { conflicts } = await readCommit(fleet.stores.objects, current?.current.commit_sha ?? shaOf(''));
  expect(conflicts).toEqual([{ path: 'doc', won: shaOf('by b'), lost: shaOf('by a') }]);
});

test('a noting that is cut off in the middle leaves nothing on disk that a newer commit took back', async () => {
  await openFleet();
  const { objects } = fleet.stores;
  const texts = new Set([shaOf('first'), shaOf('second')]);
  let nodesLeft = Number.POSITIVE_INFINITY;
  const cuttable: ObjectStore = {
    ...objects,
    async get(sha, options) {
      // The bytes of files come through, and so many nodes of the manifest.
      if (!texts.has(sha) && nodesLeft-- <= 0) throw new StoreUnavailableError('hot', 'NATS is away');
      return objects.get(sha, options);
    },
  };
  const b = fleet.start('b', { stores: { objects: cuttable } });
  const names = Array.from({ length: 2_500 }, (_, n) => `f${String(n).padStart(5, '0')}`);
  const putAll = async (text: string) => {
    const sha = shaOf(text);
    await objects.put(sha, text.length, Buffer.from(text));
    const entry = { sha, size: text.length, mode: 0o644, mtime: 1_000 };
    const ops = names.map((name): PathOp => ({ kind: 'put', entry: { ...entry, path: fakePath(name) } }));
    await commit(fleet.io, { project: PROJECT, ops, actor: { kind: 'system', id: 'test' } });
  };
  const countOf = (text: string) => names.filter((name) => readFileSync(b.path(name), 'utf8') === text).length;
  await putAll('first');
  await b.until(({ state, files }) => state === 'in-sync' && files === names.length);
  nodesLeft = 20;
  await putAll('second');
  await b.until(({ state, pending_down }) => state === 'blocked' && nodesLeft < 0 && pending_down === 0);
  const half = countOf('second');
  expect(half).toBeGreaterThan(0);
  expect(half).toBeLessThan(names.length);
  await putAll('first');
  nodesLeft = Number.POSITIVE_INFINITY;
  const head = (await readCurrent(fleet.stores.index, PROJECT))?.current.commit_sha;
  await b.until(({ state, base }) => state === 'in-sync' && base === head);
  expect(countOf('first')).toBe(names.length);
});

test('keep-both: the loser of a conflict is on both nodes, beside the winner', async () => {
  const [a, b] = await two();
  await changePolicy(fleet.stores.index, PROJECT, (policy) => ({ ...policy, conflicts: 'keep-both' }));
  await writeFile(a.path('doc.txt'), 'base');
  await b.has('doc.txt', 'base');
  await fleet.settled();
  await b.agent.stop();
  await writeFile(b.path('doc.txt'), 'by b');
  await writeFile(a.path('doc.txt'), 'by a');
  await a.agent.rescan();
  await a.until(({ pending_up, state }) => pending_up === 0 && state === 'in-sync');
  const again = fleet.start('b');
  await fleet.settled();
  const beside = `doc.conflict-${shaOf('by a').slice(0, 8)}.txt`;
  for (const node of [a, again]) {
    expect(readFileSync(node.path('doc.txt'), 'utf8')).toBe('by b');
    expect(readFileSync(node.path(beside), 'utf8')).toBe('by a');
  }
});

test('what this node committed just before it was cut off is known as its own: deleted meanwhile, it stays deleted', async () => {
  await openFleet();
  const { index } = fleet.stores;
  let isCut = false;
  const away = () => new StoreUnavailableError('hot', 'NATS is away');
  const cut: KeyValue = {
    ...index,
    get: async (key) => {
      if (isCut) throw away();
      return index.get(key);
    },
    compareAndSet: async (key, value, revision) => {
      const outcome = await index.compareAndSet(key, value, revision);
      isCut = true;
      throw outcome.kind === 'set' ? away() : new Error('the swap was to work');
    },
    watch: async function* (filter, options) {
      for await (const change of index.watch(filter, options)) if (!isCut) yield change;
    },
  };
  const a = fleet.start('a', { stores: { index: cut } });
  const b = fleet.start('b');
  await mkdir(a.root, { recursive: true });
  await writeFile(a.path('short-lived.txt'), 'x');
  await b.has('short-lived.txt', 'x');
  await a.agent.stop();
  await unlink(a.path('short-lived.txt'));
  fleet.start('a');
  await fleet.settled();
  await b.has('short-lived.txt', undefined);
  expect(existsSync(a.path('short-lived.txt'))).toBe(false);
});

test('a file that is removed while its first commit is under way is removed everywhere', async () => {
  const objects = memoryObjectStore();
  let onMarker = () => {};
  const marked = new Promise<void>((resolve) => {
    onMarker = resolve;
  });
  await openFleet({
    ...objects,
    put: async (...args) => {
      if (args[0] === shaOf('marker')) onMarker();
      return objects.put(...args);
    },
  });
  const { index } = fleet.stores;
  let beforeSwap: (() => Promise<void>) | undefined;
  const slow: KeyValue = {
    ...index,
    compareAndSet: async (key, value, revision) => {
      const act = beforeSwap;
      beforeSwap = undefined;
      await act?.();
      return index.compareAndSet(key, value, revision);
    },
  };
  const a = fleet.start('a', { stores: { index: slow } });
  const b = fleet.start('b');
  await fleet.converged();
  beforeSwap = async () => {
    await unlink(a.path('brief.lock'));
    await rm(a.path('brief'), { recursive: true });
    // What is heard of later is taken later: when the marker is on its way, the removals were looked at.
    await writeFile(a.path('marker'), 'marker');
    await marked;
  };
  mkdirSync(a.path('brief'));
  await writeFile(a.path('brief.lock'), 'x');
  await b.has('marker', 'marker');
  await b.until(() => !existsSync(b.path('brief.lock')) && !existsSync(b.path('brief')));
  expect(Object.keys(await treeOf(b.root))).toEqual(['marker']);
});
