import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCurrent } from '../commit/current.ts';
import { deleteProject } from '../commit/delete-project.ts';
import { announceUpTo } from '../event/announce.ts';
import { walkNodes } from '../manifest/walk.ts';
import type { FsEvent } from '../model/event.ts';
import { parseTenant, type Sha, shaOf } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { DEFAULT_POLICY } from '../model/policy.ts';
import { restorePointKey } from '../model/restore-point.ts';
import type { ColdStore } from '../store/cold-store.ts';
import { dirColdStore } from '../store/dir-cold-store.ts';
import type { Backlog } from '../store/event-log.ts';
import { memoryColdStore } from '../store/memory-cold-store.ts';
import { memoryEventLog } from '../store/memory-event-log.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { collect } from '../store/object-store.ts';
import { ObjectAbsentError, StoreUnavailableError } from '../store/store-errors.ts';
import { commitText, memoryCommitIo, newProject, PROJECT } from '../testing/test-project.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import { ARCHIVER, ObjectArchiver } from './archive-object.ts';
import { type ArchiveIo, type ArchiveOutcome, runArchiver } from './archiver.ts';
import { Claims } from './claims.ts';
import { DeadLetters } from './dead-letters.ts';
import { readRecord } from './object-records.ts';
import { RestorePointDamagedError, readRestorePoint } from './read-restore-point.ts';
import { readThrough } from './read-through.ts';
import { RestorePoints } from './restore-points.ts';
import type { TierIo } from './tier-io.ts';

const tenant = parseTenant('default');
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fs-archive-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function archivable(change: (cold: ColdStore) => ColdStore = (cold) => cold) {
  // Retries are immediate: what is tested is that they come, not when.
  const clock = { now: () => Date.now(), sleep: async () => undefined };
  const io = memoryCommitIo();
  await newProject(io);
  const memory = memoryEventLog();
  const events = { ...memory, work: (options: Parameters<typeof memory.work>[0]) => immediately(memory.work(options)) };
  const cold = change(await dirColdStore(directory, tenant));
  const records = memoryKeyValue();
  const dead = new DeadLetters(records, clock);
  const through = (change: Partial<TierIo>): ArchiveIo => {
    const tiers: TierIo = {
      tenant,
      hot: io.objects,
      cold,
      nodes: io.nodes,
      index: io.index,
      events,
      clock,
      log: silentLog,
      ...change,
    };
    const archiver = new ObjectArchiver(tiers);
    const points = new RestorePoints(tiers, archiver, new Claims(records, 'server-1', virtualClock()));
    return { events, clock, log: silentLog, archiver, points, dead };
  };
  const archive = through({});
  const announce = async () => {
    const at = await readCurrent(io.index, PROJECT);
    if (!at) throw new Error('no project');
    const announcing = { tenant, objects: io.objects, nodes: io.nodes, index: io.index, events, clock, log: silentLog };
    await announceUpTo(announcing, at.current.commit_sha, undefined);
  };
  return { io, archive, through, cold, events, dead, announce };
}

async function* immediately(work: ReturnType<ReturnType<typeof memoryEventLog>['work']>) {
  for await (const item of work) yield { ...item, retry: () => item.retry(0) };
}

/** Runs the archiver until as many items are done as there are. */
async function archiveAll(io: ArchiveIo, items: number): Promise<ArchiveOutcome[]> {
  const stop = new AbortController();
  const outcomes: ArchiveOutcome[] = [];
  await runArchiver(io, {
    concurrency: 2,
    signal: stop.signal,
    onOutcome: (outcome) => {
      outcomes.push(outcome);
      if (outcomes.filter(({ kind }) => kind === 'done').length >= items) stop.abort();
    },
  });
  return outcomes;
}

async function archivedEvents(events: ReturnType<typeof memoryEventLog>): Promise<Sha[]> {
  const found: FsEvent[] = [];
  for await (const delivery of events.read({ afterSeq: 0, signal: AbortSignal.timeout(60_000) })) {
    if (delivery.kind === 'event') found.push(delivery.event);
    if (delivery.kind === 'caught-up') break;
  }
  return found.flatMap((event) => (event.type === 'ObjectArchived' ? [event.payload.sha] : []));
}

// Two items a commit: its one object, and its manifest nodes with itself. The project's first commit has only the latter.
test('an object reaches cold, is proven, recorded and told of; its commit and manifest follow', async () => {
  const { io, archive, cold, events, announce } = await archivable();
  const { commitSha, commit } = await commitText(io, 'a', 'content');
  await announce();
  await archiveAll(archive, 3);
  const sha = shaOf('content');
  expect(Buffer.from(await collect((await cold.get(sha)).bytes)).toString()).toBe('content');
  const record = await readRecord(io.index, sha);
  expect(record).toMatchObject({ size: 7, mime: 'application/octet-stream', cold: { key: `default/objects/${sha}` } });
  expect(await cold.check(sha, { sizeBytes: 7, etag: record?.cold?.etag ?? '' })).toMatchObject({ kind: 'proven' });
  expect(await archivedEvents(events)).toEqual([sha]);
  for await (const node of walkNodes(io.nodes, commit.manifest_sha)) await collect((await cold.get(node)).bytes);
  await collect((await cold.get(commitSha)).bytes);
});

test('cold being away costs lag and nothing else: the object is tried again until it is proven', async () => {
  let failures = 3;
  const { io, archive, events, announce } = await archivable((cold) => ({
    ...cold,
    put: (sha, size, body, options) =>
      failures-- > 0
        ? Promise.reject(new StoreUnavailableError('cold', 'answers 503'))
        : cold.put(sha, size, body, options),
  }));
  await commitText(io, 'a', 'content');
  await announce();
  const outcomes = await archiveAll(archive, 3);
  // The object is asked for by its own item and by the project's restore point: both wait for it.
  expect(outcomes.filter(({ kind }) => kind === 'waiting').length).toBeGreaterThanOrEqual(3);
  expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(3);
  expect(await archivedEvents(events)).toEqual([shaOf('content')]);
});

test('cold that is away for an hour costs lag and nothing else: tries come less often, spread, and none is given up', async () => {
  const clock = virtualClock();
  const io = { ...memoryCommitIo(), clock };
  const events = memoryEventLog({ clock });
  const cold = memoryColdStore(tenant, { clock });
  const tiers: TierIo = { ...io, tenant, hot: io.objects, cold, events, log: silentLog };
  const archiver = new ObjectArchiver(tiers);
  const records = memoryKeyValue();
  const points = new RestorePoints(tiers, archiver, new Claims(records, 'server-1', clock));
  const dead = new DeadLetters(records, clock);
  await newProject(io);
  const texts = Array.from({ length: 10 }, (_, i) => `content ${i}`);
  for (const text of texts) await commitText(io, text, text);
  const at = await readCurrent(io.index, PROJECT);
  if (!at) throw new Error('no project');
  const announcing = { tenant, objects: io.objects, nodes: io.nodes, index: io.index, events, clock, log: silentLog };
  await announceUpTo(announcing, at.current.commit_sha, undefined);

  const stop = new AbortController();
  const waits: number[] = [];
  const began = clock.now();
  const halfway: Backlog[] = [];
  cold.setAway(true);
  const away = clock
    .sleep(1_800_000)
    .then(async () => halfway.push(await events.backlog(ARCHIVER)))
    .then(() => clock.sleep(1_800_000))
    .then(() => cold.setAway(false));
  // Ten objects, ten commits with what they need, and the project's first commit.
  const items = 2 * texts.length + 1;
  let done = 0;
  await runArchiver(
    { events, clock, log: silentLog, archiver, points, dead },
    {
      concurrency: 8,
      signal: stop.signal,
      onOutcome: (outcome) => {
        if (outcome.kind === 'waiting') waits.push(outcome.retryInMs);
        if (outcome.kind === 'done' && ++done === items) stop.abort();
      },
    },
  );
  await away;
  expect(halfway).toMatchObject([{ oldest: { seq: expect.any(Number), ts: expect.stringContaining('T') } }]);
  expect(clock.now() - began).toBeGreaterThanOrEqual(3_600_000);
  // Each doubles up to a minute, and is between half of that and all of it.
  expect(waits.length).toBeLessThan(items * (6 + 2 * 60));
  expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
  expect(new Set(waits).size).toBeGreaterThan(waits.length / 2);
  for (const text of texts) expect((await readRecord(io.index, shaOf(text)))?.cold).toBeDefined();
  expect((await readRestorePoint(cold, PROJECT))?.current.commit_sha).toBe(at.current.commit_sha);
  expect(await events.backlog(ARCHIVER)).toEqual({ pending: 0, inFlight: 0 });
  for await (const letter of dead.list()) expect(letter).toBeUndefined();
});

test('I6: an object that is damaged in hot is never archived', async () => {
  const { io, archive, cold, announce } = await archivable();
  await commitText(io, 'a', 'content');
  io.objects.damage(shaOf('content'), Buffer.from('c0ntent'));
  await announce();
  const stop = new AbortController();
  let tries = 0;
  await runArchiver(archive, {
    concurrency: 1,
    signal: stop.signal,
    onOutcome: (outcome) => {
      if (outcome.kind === 'waiting' && ++tries === 2) stop.abort();
    },
  });
  expect(await cold.check(shaOf('content'), { sizeBytes: 7 })).toEqual({ kind: 'absent' });
  expect(await readRecord(io.index, shaOf('content'))).toBeUndefined();
});

test('a crash between the proof and the event is completed by the next run, with the same event', async () => {
  const { io, through, events, announce } = await archivable();
  await commitText(io, 'a', 'content');
  await announce();
  let crashed = false;
  const dying = through({
    events: {
      publish: async (list) => {
        if (crashed) return events.publish(list);
        crashed = true;
        throw new Error('crash');
      },
    },
  });
  await archiveAll(dying, 3);
  expect(crashed).toBe(true);
  expect(await archivedEvents(events)).toEqual([shaOf('content')]);
});

test('the restore point moves when all that it needs is proven in cold, and not before', async () => {
  let isAway = false;
  const { io, archive, cold, announce } = await archivable((cold) => ({
    ...cold,
    put: (sha, size, body, options) =>
      isAway && sha === shaOf('second')
        ? Promise.reject(new StoreUnavailableError('cold', 'answers 503'))
        : cold.put(sha, size, body, options),
  }));
  const first = await commitText(io, 'a', 'first');
  await archive.points.advance(PROJECT, new AbortController().signal);
  expect((await readRestorePoint(cold, PROJECT))?.current.commit_sha).toBe(first.commitSha);
  isAway = true;
  const second = await commitText(io, 'b', 'second');
  await expect(archive.points.advance(PROJECT, new AbortController().signal)).rejects.toThrow(StoreUnavailableError);
  expect((await readRestorePoint(cold, PROJECT))?.current.commit_sha).toBe(first.commitSha);
  isAway = false;
  await announce();
  await archiveAll(archive, 5);
  const point = await readRestorePoint(cold, PROJECT);
  expect(point).toMatchObject({ current: { commit_sha: second.commitSha, files: 2 }, policy: DEFAULT_POLICY });
  for await (const node of walkNodes(io.nodes, second.commit.manifest_sha)) await collect((await cold.get(node)).bytes);
  for (const sha of [first.commitSha, second.commitSha, shaOf('first'), shaOf('second')]) {
    await collect((await cold.get(sha)).bytes);
  }
  expect(await archive.points.advance(PROJECT, new AbortController().signal)).toMatchObject({ kind: 'there' });
});

test('of two servers that move one restore point, the slower one does not set it back', async () => {
  let reached: () => void = () => {};
  const isAtIt = new Promise<void>((resolve) => (reached = resolve));
  let goOn: () => void = () => {};
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const { io, archive, cold, through } = await archivable((cold) => ({
    ...cold,
    putDocument: async (key, bytes) => {
      if (Buffer.from(bytes).toString().includes(slow)) {
        reached();
        await held;
      }
      await cold.putDocument(key, bytes);
    },
  }));
  const { signal } = new AbortController();
  const { commitSha: slow } = await commitText(io, 'a', 'first');
  const first = archive.points.advance(PROJECT, signal);
  await isAtIt;
  const newer = await commitText(io, 'b', 'second');
  const second = through({}).points.advance(PROJECT, signal);
  goOn();
  await Promise.all([first, second]);
  expect((await readRestorePoint(cold, PROJECT))?.current.commit_sha).toBe(newer.commitSha);
});

test('a restore point that cannot be read is written anew, and nobody takes it for none', async () => {
  const { io, archive, cold } = await archivable();
  const { signal } = new AbortController();
  const { commitSha } = await commitText(io, 'a', 'content');
  await archive.points.advance(PROJECT, signal);
  await cold.putDocument(restorePointKey(PROJECT), Buffer.from('{"v":1,'));
  await expect(readRestorePoint(cold, PROJECT)).rejects.toThrow(RestorePointDamagedError);
  expect(await archive.points.advance(PROJECT, signal)).toMatchObject({ kind: 'moved' });
  expect((await readRestorePoint(cold, PROJECT))?.current.commit_sha).toBe(commitSha);
});

test('a project that took the name of another one gets a restore point of its own', async () => {
  const { io, archive, cold } = await archivable();
  await commitText(io, 'a', 'of the first');
  const { signal } = new AbortController();
  await archive.points.advance(PROJECT, signal);
  const at = await readCurrent(io.index, PROJECT);
  if (!at) throw new Error('no project');
  await deleteProject(io, at);
  await newProject(io);
  const { commitSha } = await commitText(io, 'b', 'of the second');
  await archive.points.advance(PROJECT, signal);
  expect((await readRestorePoint(cold, PROJECT))?.current.commit_sha).toBe(commitSha);
  expect((await cold.check(shaOf('of the second'), { sizeBytes: 13 })).kind).toBe('proven');
});

test('what no try can mend becomes a dead letter with its reason, and the queue goes on', async () => {
  const { io, archive, cold, announce, dead } = await archivable();
  await commitText(io, 'a', 'damaged');
  io.objects.damage(shaOf('damaged'), Buffer.from('d@maged'));
  await commitText(io, 'b', 'sound');
  await announce();
  const stop = new AbortController();
  let buried = 0;
  await runArchiver(archive, {
    concurrency: 2,
    signal: stop.signal,
    onOutcome: ({ kind }) => {
      if (kind === 'dead' && ++buried === 3) stop.abort();
    },
  });
  const letters = [];
  for await (const letter of dead.list()) letters.push(letter);
  // One letter an object, however many items met it: its own, and the two commits that need it.
  expect(letters).toMatchObject([
    { sha: shaOf('damaged'), project: PROJECT, reason: expect.stringContaining('not intact') },
  ]);
  expect((await cold.check(shaOf('sound'), { sizeBytes: 5 })).kind).toBe('proven');
  expect((await cold.check(shaOf('damaged'), { sizeBytes: 7 })).kind).toBe('absent');
});

test('reads come from hot, else from cold, else say that it is nowhere', async () => {
  const { io, archive, cold, announce } = await archivable();
  await commitText(io, 'a', 'content');
  await announce();
  await archiveAll(archive, 3);
  const read = async () =>
    Buffer.from(await collect((await readThrough(io.objects, cold, shaOf('content'))).bytes)).toString();
  expect(await read()).toBe('content');
  await io.objects.delete(shaOf('content'));
  expect(await read()).toBe('content');
  await cold.delete(shaOf('content'));
  await expect(read()).rejects.toThrow(ObjectAbsentError);
});
