import { expect, test } from 'vitest';
import type { FsEvent } from '../model/event.ts';
import { fakeSha, parseTenant } from '../model/ids.ts';
import { nodeStatusKey, nodeToldKey } from '../model/index-keys.ts';
import { silentLog } from '../model/log.ts';
import type { NodeStatus } from '../model/node-status.ts';
import { NODE, nodeStatus, sayStatus, workspaceStatus } from '../node/node-records.fakes.ts';
import type { KeyValue, KvChange } from '../store/key-value.ts';
import { memoryEventLog } from '../store/memory-event-log.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { stoppingProcess } from '../testing/stopping-stores.ts';
import { memoryCommitIo } from '../testing/test-project.ts';
import { type AnnounceNodesIo, runNodeAnnouncer } from './announce-nodes.ts';

const tenant = parseTenant('default');
const BASE = fakeSha('base');
const holding = workspaceStatus({ base: BASE });

/** A clock whose pauses end when the test says so. */
function heldClock() {
  const pauses = new Set<() => void>();
  return {
    clock: {
      now: () => Date.parse('2026-06-01T12:10:00.000Z'),
      sleep: (_ms: number, signal?: AbortSignal) =>
        new Promise<void>((resolve, reject) => {
          const giveUp = () => reject(signal?.reason);
          signal?.addEventListener('abort', giveUp, { once: true });
          pauses.add(() => {
            signal?.removeEventListener('abort', giveUp);
            resolve();
          });
        }),
    },
    async pass() {
      const due = [...pauses];
      pauses.clear();
      for (const end of due) end();
      await rest();
    },
  };
}

/** Everything that is in memory has happened. */
async function rest(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
}

function fleet() {
  const nodes = memoryKeyValue();
  const log = memoryEventLog();
  const time = heldClock();
  const stops: (() => Promise<void>)[] = [];
  const servers = {
    start(change: Partial<AnnounceNodesIo> = {}) {
      const stop = new AbortController();
      const io = { tenant, nodes, events: log, clock: time.clock, log: silentLog, ...change };
      const running = runNodeAnnouncer(io, { signal: stop.signal }).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
      const end = async () => {
        stop.abort(new Error('the server stops'));
        await running;
      };
      stops.push(end);
      return end;
    },
  };
  return {
    nodes,
    log,
    ...time,
    ...servers,
    async say(status: NodeStatus) {
      await sayStatus(nodes, status);
      await rest();
    },
    async events(): Promise<FsEvent[]> {
      await rest();
      const found: FsEvent[] = [];
      const stop = new AbortController();
      for await (const delivery of log.read({ afterSeq: 0, signal: stop.signal })) {
        if (delivery.kind === 'event') found.push(delivery.event);
        if (delivery.kind === 'caught-up') break;
      }
      return found;
    },
    end: () => Promise.all(stops.map((end) => end())),
  };
}

function shown({ type, project, payload }: FsEvent): string {
  const detail = 'reason' in payload ? payload.reason : 'root' in payload ? `${project} ${payload.root}` : '';
  return `${type} ${detail}`.trim();
}

const RUN = { started: '2026-06-01T12:00:00.000Z' };
const NEXT_RUN = { started: '2026-06-01T12:05:00.000Z' };

/** Two runs of an agent, with all that can happen to its workspaces; each step is one status. */
const STORY: readonly NodeStatus[] = [
  nodeStatus([workspaceStatus()], RUN),
  nodeStatus([holding], RUN),
  nodeStatus([holding], { ...RUN, ts: '2026-06-01T12:00:05.000Z' }),
  nodeStatus([holding, workspaceStatus({ root: '/srv/other', base: BASE })], RUN),
  nodeStatus([workspaceStatus(), workspaceStatus({ root: '/srv/other', base: BASE })], NEXT_RUN),
  nodeStatus([holding, workspaceStatus({ root: '/srv/other', base: BASE, state: 'removed' })], NEXT_RUN),
  nodeStatus([holding, workspaceStatus({ root: '/srv/other', base: BASE })], NEXT_RUN),
  nodeStatus([holding], NEXT_RUN),
  nodeStatus([holding], { ...NEXT_RUN, left: true }),
];
const TOLD = [
  'NodeJoined',
  'WorkspaceActivated demo /srv/demo',
  'WorkspaceActivated demo /srv/other',
  'NodeLeft its agent ended without a word, and started again',
  'NodeJoined',
  'WorkspaceDeactivated demo /srv/other',
  'WorkspaceActivated demo /srv/other',
  'WorkspaceDeactivated demo /srv/other',
  'NodeLeft its agent was stopped',
];

test('what a node and its workspaces do is told, and a heartbeat is not', async () => {
  const { say, start, events, nodes, end } = fleet();
  start();
  await rest();
  for (const status of STORY) await say(status);
  const told = await events();
  expect(told.map(shown)).toEqual(TOLD);
  expect(told.map(({ actor }) => actor)).toEqual(told.map(() => ({ kind: 'node', id: NODE })));
  const before = (await nodes.get(nodeToldKey(NODE)))?.revision;
  await say(nodeStatus([holding], { ...NEXT_RUN, left: true }));
  expect((await nodes.get(nodeToldKey(NODE)))?.revision).toBe(before);
  await end();
});

test('I2: two servers at once tell everything once', async () => {
  const { say, start, events, end } = fleet();
  start();
  start();
  await rest();
  for (const status of STORY) await say(status);
  expect((await events()).map(shown)).toEqual(TOLD);
  await end();
});

test('I2: a server that stops after any write leaves nothing out and nothing said twice', async () => {
  for (let lastWrite = 0, isWhole = false; !isWhole; lastWrite++) {
    const { say, start, events, nodes, log, end } = fleet();
    const process = stoppingProcess({ ...memoryCommitIo(), index: nodes }, log, lastWrite);
    start({ nodes: process.io.index, events: process.events });
    await rest();
    for (const status of STORY.slice(0, 4)) await say(status);
    isWhole = process.writes < lastWrite;
    start();
    await rest();
    for (const status of STORY.slice(3)) await say(status);
    expect((await events()).map(shown), `stopped after write ${lastWrite}`).toEqual(TOLD);
    await end();
  }
});

test('I2: what happened while no server ran is told when one is back, and a node that is long gone does not join', async () => {
  const { say, start, events, end } = fleet();
  await say(nodeStatus([holding], RUN));
  const stop = start();
  expect(await events()).toEqual([]);
  await say(nodeStatus([holding], { ...RUN, ts: '2026-06-01T12:00:05.000Z' }));
  expect((await events()).map(shown)).toEqual(TOLD.slice(0, 2));
  await stop();
  await say(nodeStatus([], RUN));
  await say(nodeStatus([], { ...RUN, left: true }));
  start();
  expect((await events()).map(shown).slice(2)).toEqual([
    'WorkspaceDeactivated demo /srv/demo',
    'NodeLeft its agent was stopped',
  ]);
  await end();
});

test('a node that says nothing any more has left, and joins again with its next word', async () => {
  const { say, start, events, pass, end } = fleet();
  start();
  start();
  await rest();
  await say(nodeStatus([holding], RUN));
  for (let looks = 0; looks < 3; looks++) await pass();
  expect((await events()).map(shown)).toEqual(TOLD.slice(0, 2));
  for (let looks = 0; looks < 3; looks++) await pass();
  expect((await events()).map(shown).slice(2)).toEqual(['NodeLeft not heard of since 2026-06-01T12:00:00.000Z']);
  await say(nodeStatus([holding], { ...RUN, ts: '2026-06-01T12:10:00.000Z' }));
  const again = (await events()).slice(3);
  expect(again.map(shown)).toEqual(['NodeJoined']);
  expect(again[0]?.ts).toBe('2026-06-01T12:10:00.000Z');
  await end();
});

test('I3: while the store is away nobody grows silent', async () => {
  const { say, start, events, pass, nodes, end } = fleet();
  let isAway = false;
  const get: KeyValue['get'] = async (key) => {
    if (isAway) throw new StoreUnavailableError('hot', 'NATS is away');
    return nodes.get(key);
  };
  start({ nodes: { ...nodes, get } });
  await rest();
  await say(nodeStatus([holding], RUN));
  isAway = true;
  for (let looks = 0; looks < 10; looks++) await pass();
  isAway = false;
  await pass();
  expect((await events()).map(shown)).toEqual(TOLD.slice(0, 2));
  await end();
});

test('a node whose record is removed has left and holds nothing, whether a server saw it go or not', async () => {
  for (const isWatched of [true, false]) {
    const { say, start, events, nodes, end } = fleet();
    const stop = start();
    await rest();
    await say(nodeStatus([holding], RUN));
    if (!isWatched) await stop();
    await nodes.delete(nodeStatusKey(NODE));
    if (!isWatched) start();
    expect((await events()).map(shown).slice(2)).toEqual([
      'NodeLeft its record was removed',
      'WorkspaceDeactivated demo /srv/demo',
    ]);
    await end();
  }
});

test('I3: a node whose status is replaced while a server begins to listen has neither left nor given anything up', async () => {
  const { say, start, events, nodes, end } = fleet();
  const stop = start();
  await rest();
  await say(nodeStatus([holding], RUN));
  await stop();
  // The status that lay there is gone by then, and the one that took its place comes behind what lay there.
  const watch: KeyValue['watch'] = async function* (filter, options) {
    const late: KvChange[] = [];
    for await (const change of nodes.watch(filter, options)) {
      if (change.kind === 'put' && change.entry.key === nodeStatusKey(NODE) && late.length === 0) late.push(change);
      else yield change;
      if (change.kind === 'caught-up') {
        await rest();
        yield* late;
      }
    }
  };
  start({ nodes: { ...nodes, watch } });
  await say(nodeStatus([holding], { ...RUN, ts: '2026-06-01T12:00:05.000Z' }));
  expect((await events()).map(shown)).toEqual(TOLD.slice(0, 2));
  await end();
});

test('I3: what became of a node of which nothing was heard is asked again until NATS answers', async () => {
  const { say, start, events, nodes, pass, end } = fleet();
  const stop = start();
  await rest();
  await say(nodeStatus([holding], RUN));
  await stop();
  await nodes.delete(nodeStatusKey(NODE));
  let isAway = true;
  const get: KeyValue['get'] = async (key) => {
    if (isAway) throw new StoreUnavailableError('hot', 'NATS is away');
    return nodes.get(key);
  };
  start({ nodes: { ...nodes, get } });
  expect((await events()).map(shown)).toEqual(TOLD.slice(0, 2));
  isAway = false;
  await pass();
  expect((await events()).map(shown).slice(2)).toEqual([
    'NodeLeft its record was removed',
    'WorkspaceDeactivated demo /srv/demo',
  ]);
  await end();
});

test('more than fits into one record is told in steps, before the node has left', async () => {
  const { say, start, events, end } = fleet();
  start();
  await rest();
  const many = Array.from({ length: 450 }, (_, i) => workspaceStatus({ root: `/srv/${i}`, base: BASE }));
  await say(nodeStatus(many, RUN));
  await say(nodeStatus([], { ...RUN, left: true }));
  const told = await events();
  expect(told.map(({ type }) => type)).toEqual([
    'NodeJoined',
    ...many.map(() => 'WorkspaceActivated'),
    ...many.map(() => 'WorkspaceDeactivated'),
    'NodeLeft',
  ]);
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  await end();
});

test('I12: records that went back with the store are told on from where they are', async () => {
  const { say, start, events, nodes, end } = fleet();
  start();
  await rest();
  await say(nodeStatus([holding], RUN));
  const goBack = nodes.checkpoint();
  await say(nodeStatus([], RUN));
  goBack();
  await rest();
  await say(nodeStatus([], { ...RUN, ts: '2026-06-01T12:00:10.000Z' }));
  const types = (await events()).map(({ type }) => type);
  expect(types.filter((type) => type === 'WorkspaceActivated')).toHaveLength(1);
  expect(types.at(-1)).toBe('WorkspaceDeactivated');
  await end();
});

test('what a newer version wrote is left alone', async () => {
  const { say, start, events, nodes, end } = fleet();
  await nodes.put(nodeToldKey(NODE), Buffer.from('{"v":2}'));
  start();
  await rest();
  await say(nodeStatus([holding], RUN));
  expect(await events()).toEqual([]);
  expect(Buffer.from((await nodes.get(nodeToldKey(NODE)))?.value ?? []).toString()).toBe('{"v":2}');
  await end();
});
