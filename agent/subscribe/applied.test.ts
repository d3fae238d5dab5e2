// What the programs of a node are told, by whole agents over stores in memory.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { commit } from '../../core/commit/commit.ts';
import { readCurrent } from '../../core/commit/current.ts';
import type { PathOp } from '../../core/commit/path-op.ts';
import { type Sha, shaOf } from '../../core/model/ids.ts';
import { currentKey } from '../../core/model/index-keys.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { memoryKeyValue } from '../../core/store/memory-key-value.ts';
import type { ObjectStore } from '../../core/store/object-store.ts';
import { Fleet, PROJECT, type TestNode } from '../testing/fleet.ts';
import { type FeedEvent, type FeedEventType, feedEventSchema } from './feed-event.ts';
import type { Follower } from './feeds.ts';

let fleet: Fleet;
const stop = new AbortController();
afterEach(() => fleet.close());

type EventOf<T extends FeedEventType> = Extract<FeedEvent, { type: T }>;

/** Reads a node's events one by one, and keeps what it read. */
class Reader {
  readonly read: FeedEvent[] = [];
  readonly #follower: Follower;
  #waiting: FeedEvent[] = [];

  constructor(node: TestNode) {
    this.#follower = node.agent.feeds.follow();
  }

  async next<T extends FeedEventType>(
    type: T,
    matches: (event: EventOf<T>) => boolean = () => true,
  ): Promise<EventOf<T>> {
    for (;;) {
      if (this.#waiting.length === 0)
        this.#waiting = (await this.#follower.next(stop.signal)).map(({ event }) => event);
      const event = this.#waiting.shift();
      if (!event) throw new Error('the reader was stopped');
      this.read.push(feedEventSchema.parse(event));
      if (event.type === type && matches(event as EventOf<T>)) return event as EventOf<T>;
    }
  }
}

/** A door that a test opens. */
function door() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let knock = () => {};
  const knocked = new Promise<void>((resolve) => {
    knock = resolve;
  });
  return { open, opened, knock, knocked };
}

async function openFleet(): Promise<Fleet> {
  fleet = await Fleet.open();
  return fleet;
}

/** An agent in sync, to which these bytes come only when the gate is open. */
async function startWithout(content: string) {
  const gate = door();
  const inner = fleet.stores.objects;
  const objects: ObjectStore = {
    ...inner,
    async get(sha, ...rest) {
      if (sha === shaOf(content)) {
        gate.knock();
        await gate.opened;
      }
      return inner.get(sha, ...rest);
    },
  };
  const a = fleet.start('a', { stores: { objects } });
  await fleet.converged();
  return { a, gate };
}

/** Commits as another node would, without an agent. */
async function commitFiles(files: Readonly<Record<string, string | undefined>>): Promise<Sha> {
  const ops: PathOp[] = [];
  for (const [name, content] of Object.entries(files)) {
    const path = fakePath(name);
    if (content === undefined) {
      ops.push({ kind: 'delete', path });
      continue;
    }
    const sha = shaOf(content);
    const size = Buffer.byteLength(content);
    await fleet.stores.objects.put(sha, size, Buffer.from(content));
    ops.push({ kind: 'put', entry: { path, sha, size, mode: 0o644, mtime: 1_690_000_000_000 } });
  }
  await commit(fleet.io, { project: PROJECT, ops, actor: { kind: 'system', id: 'test' } });
  return head();
}

async function head(): Promise<Sha> {
  const current = await readCurrent(fleet.stores.index, PROJECT);
  if (!current) throw new Error('the project is there');
  return current.current.commit_sha;
}

test('a local change is seen, then committed; on another node it is applied, as the same commit', async () => {
  await openFleet();
  const [a, b] = [fleet.start('a'), fleet.start('b')];
  await fleet.converged();
  const before = await head();
  const [atA, atB] = [new Reader(a), new Reader(b)];
  await writeFile(a.path('one.txt'), 'one');
  const created = [{ path: 'one.txt', change: 'created' }];
  expect(await atA.next('seen')).toMatchObject({ project: PROJECT, root: a.root, count: 1, paths: created });
  const committed = await atA.next('committed');
  expect(committed).toMatchObject({ commit: await head(), count: 1, paths: created, more: false });
  expect(await atB.next('applied')).toMatchObject({
    project: PROJECT,
    root: b.root,
    commit: committed.commit,
    from: before,
    count: 1,
    paths: created,
    more: false,
  });
  await fleet.settled();
  expect(atB.read.map(({ type }) => type)).toEqual(['applied']);
});

test('a change says what it was: updated, deleted, moved', async () => {
  await openFleet();
  const b = fleet.start('b');
  await fleet.converged();
  const reader = new Reader(b);
  await commitFiles({ kept: 'one', gone: 'gone', moving: 'moves' });
  await reader.next('applied');
  await commitFiles({ kept: 'two', gone: undefined, moving: undefined, moved: 'moves' });
  expect((await reader.next('applied')).paths).toEqual([
    { path: 'gone', change: 'deleted' },
    { path: 'kept', change: 'updated' },
    { path: 'moved', change: 'moved', from: 'moving' },
  ]);
});

test('a commit is announced only when all of it is on disk', async () => {
  await openFleet();
  const { a, gate } = await startWithout('late');
  const before = await head();
  const reader = new Reader(a);
  const whole = await commitFiles({ early: 'early', late: 'late' });
  await gate.knocked;
  await a.has('early', 'early');
  const [feed] = a.agent.feeds.list();
  expect(feed?.wholeAt()).toBe(before);
  // A change of this node's own is told meanwhile, so what was to be told of the half commit would be told by now.
  await writeFile(a.path('mine'), 'mine');
  await reader.next('committed');
  expect(reader.read.filter(({ type }) => type === 'applied')).toEqual([]);
  gate.open();
  const applied = await reader.next('applied');
  expect(applied).toMatchObject({ commit: whole, count: 2 });
  expect(feed?.wholeAt()).toBe(await head());
  expect(applied.paths.map(({ path }) => path)).toEqual(['early', 'late']);
  expect([readFileSync(a.path('early'), 'utf8'), readFileSync(a.path('late'), 'utf8')]).toEqual(['early', 'late']);
});

test('commits are announced in their order, however their bytes come', async () => {
  await openFleet();
  const { a, gate } = await startWithout('slow');
  const reader = new Reader(a);
  const first = await commitFiles({ slow: 'slow' });
  await gate.knocked;
  const second = await commitFiles({ quick: 'quick' });
  await a.until(({ base }) => base === second);
  gate.open();
  expect((await reader.next('applied')).commit).toBe(first);
  expect(await reader.next('applied')).toMatchObject({ commit: second, from: first });
});

test('a version that is replaced before it came makes its commit and the next one span', async () => {
  await openFleet();
  const before = await head();
  const { a, gate } = await startWithout('first');
  const reader = new Reader(a);
  await commitFiles({ doc: 'first', beside: 'beside' });
  await gate.knocked;
  await a.has('beside', 'beside');
  const second = await commitFiles({ doc: 'second' });
  await a.until(({ base }) => base === second);
  gate.open();
  const applied = await reader.next('applied');
  expect(applied).toMatchObject({ commit: second, from: before });
  expect(applied.paths.map(({ path }) => path)).toEqual(['beside', 'doc']);
  expect(readFileSync(a.path('doc'), 'utf8')).toBe('second');
});

test('a path that cannot come holds its commit, and is named; all that waited is announced when it can', async () => {
  await openFleet();
  const inner = fleet.stores.objects;
  let isLost = true;
  const objects: ObjectStore = {
    ...inner,
    get: (sha, ...rest) => inner.get(isLost && sha === shaOf('lost') ? shaOf('never put') : sha, ...rest),
  };
  const a = fleet.start('a', { stores: { objects } });
  await fleet.converged();
  const reader = new Reader(a);
  const lost = await commitFiles({ lost: 'lost', beside: 'beside' });
  expect(await reader.next('held')).toMatchObject({ commit: lost, paths: [{ path: 'lost', code: 'object-missing' }] });
  const later = await commitFiles({ unrelated: 'unrelated' });
  await a.has('unrelated', 'unrelated');
  expect(existsSync(a.path('lost'))).toBe(false);
  isLost = false;
  a.agent.storageBack();
  expect(await reader.next('applied')).toMatchObject({ commit: lost, count: 2 });
  expect(await reader.next('applied')).toMatchObject({ commit: later, from: lost, count: 1 });
  expect(reader.read.map(({ type }) => type)).toEqual(['held', 'applied', 'applied']);
});

test('an edit there and a chmod here meet in a commit of this node, which is announced when it is on disk', async () => {
  await openFleet();
  const { a, gate } = await startWithout('edited');
  const first = await commitFiles({ doc: 'first' });
  await a.has('doc', 'first');
  await fleet.converged();
  const reader = new Reader(a);
  await commitFiles({ doc: 'edited' });
  await gate.knocked;
  await chmod(a.path('doc'), 0o600);
  const merged = await reader.next('committed');
  gate.open();
  const applied = await reader.next('applied');
  expect(applied).toMatchObject({ commit: merged.commit, from: first, paths: [{ path: 'doc', change: 'updated' }] });
  expect(readFileSync(a.path('doc'), 'utf8')).toBe('edited');
  expect(statSync(a.path('doc')).mode & 0o777).toBe(0o600);
});

test('I12: when current went back, programs are told to read everything again', async () => {
  await openFleet();
  const { index } = fleet.stores;
  const a = fleet.start('a');
  await fleet.converged();
  const backup = await index.get(currentKey(PROJECT));
  await commitFiles({ late: 'late' });
  await a.has('late', 'late');
  await fleet.converged();
  await a.agent.stop();
  // The old value, under a revision that is older than what the node saw.
  const restored = memoryKeyValue();
  await restored.put(currentKey(PROJECT), backup?.value ?? new Uint8Array());
  const again = fleet.start('a', { stores: { index: restored } });
  const reader = new Reader(again);
  expect(await reader.next('reset')).toMatchObject({ project: PROJECT, reason: 'went-back' });
  expect((await reader.next('committed')).paths).toEqual([{ path: 'late', change: 'created' }]);
  fleet.nodes.delete('a');
  await again.agent.stop();
});

test('what was on disk before a crash, and not announced, is announced after the next start', async () => {
  await openFleet();
  const before = await head();
  const { a, gate } = await startWithout('late');
  const whole = await commitFiles({ early: 'early', late: 'late' });
  await gate.knocked;
  await a.has('early', 'early');
  const stopped = a.agent.stop();
  gate.open();
  await stopped;
  const again = fleet.start('a');
  const reader = new Reader(again);
  // By name only what came after the start is known; the span says the rest.
  expect(await reader.next('applied')).toMatchObject({ commit: whole, from: before, more: true });
  expect(existsSync(again.path('late'))).toBe(true);
});

test('a workspace of a part of the project hears of its part only, by its own paths', async () => {
  await openFleet();
  const a = fleet.start('a', { prefix: 'docs' });
  await fleet.converged();
  const reader = new Reader(a);
  await commitFiles({ 'elsewhere/x': 'x' });
  const both = await commitFiles({ 'docs/in': 'in', 'elsewhere/y': 'y' });
  const applied = await reader.next('applied');
  expect(applied).toMatchObject({ prefix: 'docs', commit: both, count: 1, paths: [{ path: 'in', change: 'created' }] });
});

test('more paths than an event lists are counted', async () => {
  await openFleet();
  const a = fleet.start('a');
  await fleet.converged();
  const reader = new Reader(a);
  await mkdir(a.path('many'));
  const files: Record<string, string> = {};
  for (let i = 0; i < 1_200; i++) files[`many/${i}`] = `${i}`;
  await commitFiles(files);
  const applied = await reader.next('applied');
  expect([applied.count, applied.paths.length, applied.more]).toEqual([1_200, 1_000, true]);
});
