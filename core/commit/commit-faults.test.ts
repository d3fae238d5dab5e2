// Several processes commit to one project, by themselves and through a shared line, while their stores fail, stall, tear
// and lose answers, and two announcers tell the world with the same troubles. Stated is what must hold in the end.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { announceUpTo, lastAnnounced, runAnnouncer } from '../event/announce.ts';
import { commitEvents, stageOf } from '../event/commit-events.ts';
import { diffTrees } from '../manifest/diff.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import { assert } from '../model/assert.ts';
import type { Clock } from '../model/clock.ts';
import { isFile } from '../model/entry.ts';
import type { FsEvent } from '../model/event.ts';
import { parseTenant, type Sha } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { memoryEventLog } from '../store/memory-event-log.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { type SeededFaults, seededFaults } from '../testing/faults.ts';
import { faultyEventLog, faultyKeyValue, faultyObjectStore } from '../testing/faulty-stores.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { ACTOR, memoryCommitIo, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import { type ChainedCommit, readCommit, walkChain } from './chain.ts';
import { type CommitIo, type CommitResult, commit } from './commit.ts';
import { Committer, type SubmitResult } from './committer.ts';
import { readCurrent } from './current.ts';

const tenant = parseTenant('default');
const RATES = { fail: 0.04, dropAck: 0.06, tear: 0.03, delay: 0.2, maxDelayMs: 30 };
const WRITES_EACH = 6;

/** What a writer asked for, and what it was told. */
interface Told {
  readonly path: string;
  readonly sha: Sha;
  readonly ifMatch: Sha | undefined;
  readonly outcome: CommitResult | SubmitResult | 'unknown';
}

type Submit = (request: Parameters<typeof commit>[1]) => Promise<CommitResult | SubmitResult>;

interface Writer {
  readonly name: string;
  readonly submit: Submit;
}

function faultyIo(io: CommitIo, faults: SeededFaults, clock: Clock, random: () => number): CommitIo {
  const objects = faultyObjectStore(io.objects, { faults, clock });
  return { objects, nodes: objectNodes(objects), index: faultyKeyValue(io.index, { faults, clock }), clock, random };
}

/** Two processes with a writer each, and one whose three writers share a line. */
function writersOf(process: () => CommitIo): Writer[] {
  const alone = ['a', 'b'].map((name): Writer => {
    const io = process();
    return { name, submit: (request) => commit(io, request) };
  });
  const line = new Committer(process());
  return [...alone, ...['c', 'd', 'e'].map((name): Writer => ({ name, submit: (request) => line.submit(request) }))];
}

/** A writer's changes, each of bytes that nobody else ever writes: half of them at paths that all write to. */
async function write({ name, submit }: Writer, io: CommitIo, random: () => number): Promise<Told[]> {
  const told: Told[] = [];
  for (let n = 0; n < WRITES_EACH; n++) {
    const path = random() < 0.5 ? `shared/${Math.floor(random() * 3)}` : `${name}/${n}`;
    const op = await putText(io, path, `${name} ${n}`);
    assert(op.kind === 'put' && isFile(op.entry), 'it puts a file');
    const at = await readCurrent(io.index, PROJECT);
    const ifMatch = random() < 0.3 ? at?.current.commit_sha : undefined;
    const request = { project: PROJECT, ops: [op], actor: ACTOR, ...(ifMatch && { ifMatch }) };
    const outcome = await submit(request).catch((error: unknown) => {
      if (error instanceof StoreUnavailableError) return 'unknown' as const;
      throw error;
    });
    told.push({ path, sha: op.entry.sha, ifMatch, outcome });
  }
  return told;
}

/** Oldest first. */
async function chainOf(io: CommitIo): Promise<ChainedCommit[]> {
  const at = await readCurrent(io.index, PROJECT);
  assert(at, 'the project is there');
  const chain: ChainedCommit[] = [];
  for await (const link of walkChain(io.objects, at.current.commit_sha)) chain.push(link);
  return chain.reverse();
}

/** Which commits brought a file's content to its path. */
async function broughtBy(io: CommitIo, chain: readonly ChainedCommit[]): Promise<Map<string, Sha[]>> {
  const found = new Map<string, Sha[]>();
  for (const [i, { sha, commit: next }] of chain.entries()) {
    const before = chain[i - 1];
    if (!before) continue;
    for await (const change of diffTrees(io.nodes, before.commit.manifest_sha, next.manifest_sha)) {
      if (change.kind === 'removed' || !isFile(change.entry)) continue;
      const key = `${change.entry.path} ${change.entry.sha}`;
      found.set(key, [...(found.get(key) ?? []), sha]);
    }
  }
  return found;
}

/** Within a stage the order is nobody's to rely on: of events that are published together, one may fail and come later. */
const placeOf = (event: FsEvent): string => `${event.trace.correlation_id} ${stageOf(event)}`;

async function eventsOf(io: CommitIo, chain: readonly ChainedCommit[]): Promise<FsEvent[]> {
  const found: FsEvent[] = [];
  for (const link of chain) {
    const [parent] = link.commit.parents;
    const events = commitEvents(io.nodes, tenant, link, parent && (await readCommit(io.objects, parent)));
    for await (const event of events) found.push(event);
  }
  return found;
}

async function simulate(seed: number) {
  const random = seededRandom(seed);
  const io = memoryCommitIo();
  await newProject(io);
  const clock = virtualClock();
  const log = memoryEventLog({ clock });
  const faults = seededFaults(random, RATES);
  const announcer = () => {
    const { objects, nodes, index } = faultyIo(io, faults, clock, random);
    return { tenant, objects, nodes, index, events: faultyEventLog(log, { faults, clock }), clock, log: silentLog };
  };

  const stop = new AbortController();
  const announcers = [announcer(), announcer()].map((each) => runAnnouncer(each, { signal: stop.signal }));
  const writers = writersOf(() => faultyIo(io, faults, clock, random));
  const told = (await Promise.all(writers.map((writer) => write(writer, io, random)))).flat();
  faults.heal();
  stop.abort();
  await Promise.all(announcers);
  const chain = await chainOf(io);
  const last = { ...announcer(), events: log, index: io.index };
  const head = chain.at(-1);
  assert(head, 'a project has a commit');
  await announceUpTo(last, head.sha, await lastAnnounced(last, PROJECT));
  return { io, log, chain, told, faults };
}

test('I1, I10: whatever fails, what is reported is there once, what is there is told once and in order', async () => {
  const happened = { fail: 0, 'drop-ack': 0, tear: 0, delay: 0 };
  const outcomes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0 }), async (seed) => {
      const { io, log, chain, told, faults } = await simulate(seed);
      for (const kind of ['fail', 'drop-ack', 'tear', 'delay'] as const) happened[kind] += faults.counts[kind];

      const brought = await broughtBy(io, chain);
      for (const { path, sha, ifMatch, outcome } of told) {
        const commits = brought.get(`${path} ${sha}`) ?? [];
        const kind = outcome === 'unknown' ? outcome : outcome.kind;
        outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
        if (outcome === 'unknown') expect(commits.length).toBeLessThanOrEqual(1);
        else if (outcome.kind === 'committed') {
          expect(commits).toEqual([outcome.commitSha]);
          if (ifMatch) expect(outcome.commit.parents).toEqual([ifMatch]);
        } else {
          expect(outcome.kind).toBe('mismatch');
          expect(ifMatch).toBeDefined();
          expect(commits).toEqual([]);
        }
      }
      // Nothing is in the chain that nobody asked for.
      const asked = new Set(told.map(({ path, sha }) => `${path} ${sha}`));
      expect([...brought.keys()].filter((key) => !asked.has(key))).toEqual([]);

      const events: FsEvent[] = [];
      const end = new AbortController();
      for await (const delivery of log.read({ afterSeq: 0, signal: end.signal })) {
        if (delivery.kind === 'caught-up') break;
        if (delivery.kind === 'event') events.push(delivery.event);
      }
      const expected = await eventsOf(io, chain);
      expect(events.map(placeOf)).toEqual(expected.map(placeOf));
      expect(events.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort());
    }),
    { numRuns: 60 },
  );
  // The property says nothing where nothing went wrong.
  for (const count of Object.values(happened)) expect(count).toBeGreaterThan(0);
  for (const kind of ['committed', 'mismatch', 'unknown']) expect(outcomes.get(kind)).toBeGreaterThan(0);
});
