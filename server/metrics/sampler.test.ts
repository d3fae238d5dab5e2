import { expect, test } from 'vitest';
import type { MetricPoint } from '../../app/metrics-view.ts';
import type { NodeSummary } from '../../app/node-view.ts';
import { fakeNodeSummary, fakeWorkspace } from '../../app/testing/fake-nodes.ts';
import { FAKE_NOW } from '../../app/testing/fake-time.ts';
import { silentLog } from '../../core/model/log.ts';
import { StoreUnavailableError } from '../../core/store/store-errors.ts';
import { Sampler, type SamplerIo } from './sampler.ts';
import type { Passed } from './traffic.ts';

const NOTHING: Passed = { toColdBytes: 0, fromColdBytes: 0, rehydrateMs: [] };

function sampling(change: Partial<SamplerIo> = {}) {
  const kept: MetricPoint[] = [];
  const time = { now: FAKE_NOW };
  let told = 0;
  const io: SamplerIo = {
    sizes: async () => ({ hotBytes: 1_000, hotObjects: 10, lastEventSeq: 50 }),
    totals: () => ({ objects: 8, cold: 6, coldBytes: 700 }),
    isColdStrange: () => false,
    nodes: () => [],
    jobs: () => ({ running: 1, queued: 2, failed: 3 }),
    backlog: () => ({ pending: 0, inFlight: 0 }),
    streams: () => 4,
    takeTraffic: () => NOTHING,
    samples: { put: (at, values) => void kept.push({ at, values }) },
    clock: { now: () => time.now, sleep: async () => {} },
    log: silentLog,
    ...change,
  };
  const sampler = new Sampler(io, () => told++);
  return { sampler, kept, time, told: () => told };
}

test('a sample says what is stored, what runs and who watches', async () => {
  const { sampler, kept, told } = sampling();
  await sampler.sample();
  expect(kept[0]).toMatchObject({
    at: FAKE_NOW,
    values: {
      hot_bytes: 1_000,
      hot_objects: 10,
      cold_bytes: 700,
      cold_objects: 6,
      to_archive: 2,
      jobs_running: 1,
      jobs_queued: 2,
      jobs_failed: 3,
      streams: 4,
      archive_lag_ms: 0,
    },
  });
  expect(told()).toBe(1);
});

test('rates are those of the time since the sample before; the first sample has none', async () => {
  let seq = 100;
  const { sampler, kept, time } = sampling({
    sizes: async () => ({ hotBytes: 0, hotObjects: 0, lastEventSeq: seq }),
    takeTraffic: () => ({ toColdBytes: 3_000, fromColdBytes: 600, rehydrateMs: [30, 10, 20] }),
  });
  await sampler.sample();
  expect(kept[0]?.values).not.toHaveProperty('events_per_s');
  time.now += 15_000;
  seq += 45;
  await sampler.sample();
  expect(kept[1]?.values).toMatchObject({ events_per_s: 3, to_cold_bytes_per_s: 200, from_cold_bytes_per_s: 40 });
  expect(kept[1]?.values).toMatchObject({ rehydrate_p50_ms: 20, rehydrate_p99_ms: 30 });
});

test('while NATS is away its numbers are missing, and none is called nothing', async () => {
  const { sampler, kept, time } = sampling({
    sizes: async () => Promise.reject(new StoreUnavailableError('hot', 'away')),
    nodes: () => undefined,
    jobs: () => undefined,
    backlog: () => undefined,
    isColdStrange: () => true,
  });
  await sampler.sample();
  time.now += 15_000;
  await sampler.sample();
  expect(kept.map(({ values }) => Object.keys(values))).toEqual([['streams'], ['streams']]);
});

test('a project is behind by its oldest change on a live node; a node that is away is counted as offline', async () => {
  const late = (project: string, ms: number) =>
    fakeWorkspace(project, { oldestPendingAt: FAKE_NOW - ms, pendingUp: 1 });
  const nodes: NodeSummary[] = [
    fakeNodeSummary('a', { workspaces: [late('demo', 4_000), late('other', 100)] }),
    fakeNodeSummary('b', { workspaces: [late('demo', 9_000), fakeWorkspace('calm')] }),
    fakeNodeSummary('gone', { state: 'offline', workspaces: [late('demo', 99_000)] }),
  ];
  const { sampler, kept } = sampling({ nodes: () => nodes });
  await sampler.sample();
  expect(kept[0]?.values).toMatchObject({
    sync_lag_ms: 9_000,
    'sync_lag_ms:demo': 9_000,
    'sync_lag_ms:other': 100,
    nodes_live: 2,
    nodes_offline: 1,
  });
  expect(kept[0]?.values).not.toHaveProperty('sync_lag_ms:calm');
});

test('however many projects are behind, the worst twenty are kept one by one', async () => {
  const workspaces = Array.from({ length: 300 }, (_, i) =>
    fakeWorkspace(`p-${i}`, { oldestPendingAt: FAKE_NOW - i - 1, pendingUp: 1 }),
  );
  const { sampler, kept } = sampling({ nodes: () => [fakeNodeSummary('a', { workspaces })] });
  await sampler.sample();
  const projects = Object.keys(kept[0]?.values ?? {}).filter((name) => name.startsWith('sync_lag_ms:'));
  expect(projects).toHaveLength(20);
  expect(projects).toContain('sync_lag_ms:p-299');
});

test('a sample that cannot be written stops nothing', async () => {
  const { sampler, told } = sampling({
    samples: {
      put: () => {
        throw new Error('disk full');
      },
    },
  });
  await sampler.sample();
  expect(told()).toBe(1);
  expect(sampler.latest).toMatchObject({ hot_bytes: 1_000 });
});

test('samples are taken at once, and then at the beginning of each step', async () => {
  const ending = new AbortController();
  const time = { now: FAKE_NOW + 4_000 };
  const clock = {
    now: () => time.now,
    sleep: async (ms: number) => {
      time.now += ms;
      if (time.now > FAKE_NOW + 40_000) ending.abort();
    },
  };
  const { sampler, kept } = sampling({ clock });
  await sampler.run(ending.signal);
  expect(kept.map(({ at }) => at - FAKE_NOW)).toEqual([4_000, 15_000, 30_000]);
});
