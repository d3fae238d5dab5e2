// The view of the fleet over in-memory stores: what it tells of, and what it keeps quiet about.
import { expect, test } from 'vitest';
import { encodeCurrent } from '../core/commit/current.ts';
import type { Clock } from '../core/model/clock.ts';
import { fakeSha, parseProjectName } from '../core/model/ids.ts';
import { currentKey } from '../core/model/index-keys.ts';
import { silentLog } from '../core/model/log.ts';
import { NODE_OFFLINE_AFTER_MS } from '../core/model/node-status.ts';
import { changeDesired } from '../core/node/change-desired.ts';
import { NODE, nodeStatus, question, sayStatus, workspaceStatus } from '../core/node/node-records.fakes.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import { Fleet } from './fleet.ts';

const START = Date.parse('2026-06-01T12:00:00.000Z');
const demo = parseProjectName('demo');

function following() {
  const time = { now: START };
  const clock: Clock = { now: () => time.now, sleep: () => new Promise(() => {}) };
  const [index, nodes] = [memoryKeyValue(), memoryKeyValue(clock)];
  let told: string[] = [];
  let wake = () => {};
  const tell = (what: string) => {
    told.push(what);
    wake();
  };
  let isHung = false;
  const asked: typeof nodes = {
    ...nodes,
    get: async (...args) => {
      if (isHung) throw new StoreUnavailableError('hot', 'NATS hangs');
      return nodes.get(...args);
    },
  };
  const fleet = new Fleet(
    { index, nodes: asked, clock, log: silentLog },
    { projects: (names) => tell(`projects ${names.join(' ')}`.trim()), nodes: () => tell('nodes') },
  );
  const stop = new AbortController();
  const done = Promise.all([fleet.followCurrents(stop.signal), fleet.followNodes(stop.signal)]);
  return {
    fleet,
    index,
    nodes,
    time,
    hangs: (now: boolean) => {
      isHung = now;
    },
    /** Time goes by, in which the server asks NATS as it does. */
    async pass(ms: number): Promise<void> {
      for (const end = time.now + ms; time.now < end; ) {
        time.now = Math.min(end, time.now + 2_000);
        await fleet.listen();
      }
    },
    /** Resolves when `seen` is true; @returns what was told until then */
    async until(seen: () => boolean): Promise<string[]> {
      while (!seen()) await new Promise<void>((resolve) => (wake = resolve));
      return told.splice(0);
    },
    quiet: () => {
      const so = told;
      told = [];
      return so;
    },
    end: async () => {
      stop.abort();
      await done.catch(() => undefined);
    },
  };
}

test('until all nodes were heard of, the list is not known, which is another thing than empty', async () => {
  const { fleet, until, end } = following();
  expect(fleet.nodes()).toBe(undefined);
  await until(() => fleet.nodes() !== undefined);
  expect(fleet.nodes()).toEqual([]);
  await end();
});

test('a heartbeat wakes no page; what a page shows does, and so does a record of what is asked', async () => {
  const { fleet, nodes, until, quiet, end } = following();
  await sayStatus(nodes, nodeStatus([workspaceStatus()]));
  await until(() => fleet.node(NODE)?.state === 'live');
  quiet();
  await sayStatus(nodes, nodeStatus([workspaceStatus()], { ts: '2026-06-01T12:00:05.000Z' }));
  await sayStatus(nodes, nodeStatus([workspaceStatus({ question: question('q1') })]));
  expect(await until(() => fleet.node(NODE)?.state === 'blocked')).toEqual(['projects demo', 'nodes']);
  await changeDesired(nodes, NODE, (desired) => ({ ...desired, limits: { open_files: 8 } }));
  await until(() => fleet.node(NODE)?.limits.open_files === 8);
  expect(fleet.nodesOf(demo)[0]?.question?.id).toBe('q1');
  await end();
});

test('a node that falls silent is told of without a word of its own, and one that is deleted is gone', async () => {
  const { fleet, nodes, pass, until, quiet, end } = following();
  await sayStatus(nodes, nodeStatus([workspaceStatus()]));
  await until(() => fleet.node(NODE)?.state === 'live');
  quiet();
  await pass(NODE_OFFLINE_AFTER_MS + 1);
  expect(quiet()).toEqual(['projects demo', 'nodes']);
  expect(fleet.node(NODE)?.state).toBe('offline');
  await nodes.delete('node-a.status');
  expect(await until(() => fleet.node(NODE) === undefined)).toContain('projects demo');
  await end();
});

test('whether a node lives is told by when it was heard of, and a clock of its own that is off is told of', async () => {
  const { fleet, nodes, pass, until, quiet, end } = following();
  await until(() => fleet.nodes() !== undefined);
  for (const [ts, skewMs] of [
    ['2026-06-01T12:00:10.000Z', undefined],
    ['2026-06-01T11:00:00.000Z', -3_600_000],
    ['2026-06-01T12:01:00.000Z', 60_000],
  ] as const) {
    await sayStatus(nodes, nodeStatus([workspaceStatus()], { ts, version: ts }));
    await until(() => fleet.node(NODE)?.version === ts);
    expect(fleet.node(NODE)).toMatchObject({ state: 'live', lastSeenAt: START });
    expect(fleet.node(NODE)?.clockSkewMs).toBe(skewMs);
  }
  quiet();
  await pass(NODE_OFFLINE_AFTER_MS + 1);
  expect(fleet.node(NODE)).toMatchObject({ state: 'offline', sentence: expect.stringContaining('since 12:00:00 UTC') });
  await end();
});

test('while NATS hangs, and until nodes had time to be heard of again, the server says so, and of no node that it is offline', async () => {
  const { fleet, nodes, hangs, pass, until, quiet, end } = following();
  await sayStatus(nodes, nodeStatus([workspaceStatus()]));
  await until(() => fleet.node(NODE)?.state === 'live');
  hangs(true);
  await pass(60_000);
  const away = 'not been heard of since 12:00:00 UTC, because NATS has not answered the server since 12:00:00 UTC';
  expect(fleet.node(NODE)).toMatchObject({ state: 'unheard', sentence: expect.stringContaining(away) });
  expect(fleet.nodesOf(demo)[0]).toMatchObject({ state: 'unheard', sentence: expect.stringContaining(away) });
  quiet();
  hangs(false);
  await pass(2_000);
  expect(quiet()).toEqual(['projects demo', 'nodes']);
  expect(fleet.node(NODE)).toMatchObject({
    state: 'unheard',
    sentence: expect.stringContaining('NATS did not answer the server until 12:01:02 UTC'),
  });
  await pass(NODE_OFFLINE_AFTER_MS + 1);
  expect(fleet.node(NODE)?.state).toBe('offline');
  await sayStatus(nodes, nodeStatus([workspaceStatus()]));
  await until(() => fleet.node(NODE)?.state === 'live');
  await end();
});

test('a node that was silent before NATS was is offline meanwhile too', async () => {
  const { fleet, nodes, hangs, pass, until, end } = following();
  await sayStatus(nodes, nodeStatus([workspaceStatus()]));
  await until(() => fleet.node(NODE)?.state === 'live');
  await pass(NODE_OFFLINE_AFTER_MS + 1);
  hangs(true);
  await pass(60_000);
  expect(fleet.node(NODE)?.state).toBe('offline');
  await end();
});

test('a node that was silent before the server started does not seem to live', async () => {
  const { fleet, nodes, time, until, end } = following();
  await sayStatus(nodes, nodeStatus([workspaceStatus()]));
  await until(() => fleet.node(NODE)?.state === 'live');
  time.now = START + NODE_OFFLINE_AFTER_MS + 1;
  const later = new Fleet(
    {
      index: memoryKeyValue(),
      nodes,
      clock: { now: () => time.now, sleep: () => new Promise(() => {}) },
      log: silentLog,
    },
    { projects: () => {}, nodes: () => {} },
  );
  const stop = new AbortController();
  const done = later.followNodes(stop.signal);
  while (later.nodes() === undefined) await new Promise((resolve) => setImmediate(resolve));
  expect(later.node(NODE)).toMatchObject({ state: 'offline', lastSeenAt: START });
  stop.abort();
  await done;
  await end();
});

test('a status that cannot be read takes nothing away', async () => {
  const { fleet, nodes, until, end } = following();
  await sayStatus(nodes, nodeStatus([workspaceStatus()]));
  await until(() => fleet.node(NODE) !== undefined);
  await nodes.put('node-a.status', Buffer.from('{"v":2}'));
  await nodes.put('node-b.desired', Buffer.from('{"v":2}'));
  await until(() => fleet.nodes()?.length === 2);
  expect(fleet.node(NODE)?.state).toBe('live');
  expect(fleet.nodes()?.find(({ node }) => node === 'node-b')?.unreadable).toContain('v is 2');
  await end();
});

test('how far a workspace is behind is known from what current passed', async () => {
  const { fleet, index, nodes, until, end } = following();
  const commits = ['one', 'two', 'three'].map((name) => fakeSha(name));
  for (const [i, commit_sha] of commits.entries()) {
    const current = {
      manifest_sha: fakeSha('m'),
      commit_sha,
      files: 1,
      bytes: 1,
      ts: new Date(START + i).toISOString(),
    };
    await index.put(currentKey(demo), encodeCurrent(current));
  }
  await until(() => fleet.currents.get(demo)?.current.commit_sha === commits[2]);
  const bases = [commits[0], commits[2], fakeSha('long ago'), undefined];
  await sayStatus(nodes, nodeStatus(bases.map((base, i) => workspaceStatus({ root: `/w/${i}`, base: base ?? null }))));
  await until(() => fleet.node(NODE) !== undefined);
  expect(fleet.node(NODE)?.workspaces.map(({ lag }) => lag)).toEqual([
    { kind: 'behind', current: commits[2], commits: 2, since: START + 1 },
    { kind: 'current' },
    { kind: 'behind', current: commits[2], commits: null, since: null },
    { kind: 'none' },
  ]);
  await end();
});
