// What the read model counts while it applies events, instead of reading them again: activity by the hour, and totals.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ACTIVITY_HOURS } from '../../app/project-view.ts';
import type { FsEvent } from '../../core/model/event.ts';
import { fakeSha, parseProjectName, parseTenant } from '../../core/model/ids.ts';
import { ReadModel } from './read-model.ts';

let directory: string;
let model: ReadModel;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fs-activity-'));
  model = new ReadModel(join(directory, 'x.db'), 'default', { now: () => NOW });
});
afterEach(() => {
  model.close();
  rmSync(directory, { recursive: true });
});

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 5, 1, 12, 30);
const demo = parseProjectName('demo');
const sha = fakeSha('object');
let ids = 0;
const base = (at: number, project = demo) => ({
  id: `event-${ids++}`,
  ts: new Date(at).toISOString(),
  tenant: parseTenant('default'),
  project,
  actor: { kind: 'node', id: 'node-a' } as const,
  trace: { traceparent: '00-0-0-01', correlation_id: 'c' },
});
const created = (at: number, size: number, of = sha): FsEvent => ({
  ...base(at),
  type: 'ObjectCreated',
  payload: { sha: of, size, mime: 'text/plain' },
});
const committed = (at: number, project = demo): FsEvent => ({
  ...base(at, project),
  type: 'ProjectCurrentChanged',
  payload: {
    commit_sha: sha,
    manifest_sha: sha,
    parents: [],
    counts: { added: 1, updated: 0, deleted: 0, moved: 0 },
    files: 1,
    bytes: 3,
  },
});
const log = (events: readonly FsEvent[], from = 1) => events.map((event, i) => ({ seq: from + i, event }));
const lastHours = (...last: number[]) => [...Array.from({ length: ACTIVITY_HOURS - last.length }, () => 0), ...last];

test('commits and the bytes that they brought are told by the hour, of each project by itself', () => {
  const other = parseProjectName('other');
  model.apply(log([created(NOW - HOUR_MS, 100), committed(NOW - HOUR_MS), created(NOW, 5), committed(NOW)]));
  model.apply(log([committed(NOW), committed(NOW, other), committed(NOW - 25 * HOUR_MS)], 5));
  const activity = model.activity(NOW);
  expect(activity.get(demo)).toEqual({ commits: lastHours(1, 2), bytes: lastHours(100, 5) });
  expect(activity.get(other)?.commits).toEqual(lastHours(1));
  expect(model.activity(NOW + HOUR_MS).get(demo)?.commits).toEqual(lastHours(1, 2, 0));
  expect(model.activity(NOW + 30 * HOUR_MS)).toEqual(new Map());
});

test('a node whose clock is days ahead takes no hour from anybody', () => {
  const other = parseProjectName('other');
  model.apply(log([committed(NOW - HOUR_MS), created(NOW, 5), committed(NOW)]));
  model.apply(log([committed(NOW + 72 * HOUR_MS, other)], 4));
  expect(model.activity(NOW)).toEqual(new Map([[demo, { commits: lastHours(1, 1), bytes: lastHours(0, 5) }]]));
});

test('an event that is applied again counts once; one that the stream lost counts no more', () => {
  const events = log([created(NOW, 7), committed(NOW), created(NOW, 9), committed(NOW)]);
  model.apply(events);
  model.apply(events.slice(2));
  expect(model.activity(NOW).get(demo)).toEqual({ commits: lastHours(2), bytes: lastHours(16) });
  model.forgetFrom(3);
  expect(model.activity(NOW).get(demo)).toEqual({ commits: lastHours(1), bytes: lastHours(7) });
});

test('the totals are what a look at every object would say', () => {
  const archived = (of: typeof sha, stored?: number): FsEvent => ({
    ...base(NOW),
    type: 'ObjectArchived',
    payload: {
      sha: of,
      size: 1000,
      cold: { bucket: 'b', key: `default/objects/${of}`, ...(stored === undefined ? {} : { stored }) },
    },
  });
  const [a, b, c] = [fakeSha('a'), fakeSha('b'), fakeSha('c')];
  model.apply(
    log([created(NOW, 1000, a), created(NOW, 1000, b), created(NOW, 1000, c), archived(a), archived(b, 400)]),
  );
  expect(model.totals()).toEqual({ objects: 3, cold: 2, coldBytes: 1400 });
  model.apply(log([archived(b), created(NOW, 1000, a)], 6));
  expect(model.totals()).toEqual({ objects: 3, cold: 2, coldBytes: 2000 });
  model.forgetColdBefore(NOW + 1);
  expect(model.totals()).toEqual({ objects: 3, cold: 0, coldBytes: 0 });
  model.clear();
  expect(model.totals()).toEqual({ objects: 0, cold: 0, coldBytes: 0 });
});

test('the first event of a moment is found by its time', () => {
  model.apply(log([committed(NOW), committed(NOW + 10), committed(NOW + 10), committed(NOW + 30)], 101));
  expect(model.firstSeqAt(0)).toBe(101);
  expect(model.firstSeqAt(NOW + 5)).toBe(102);
  expect(model.firstSeqAt(NOW + 10)).toBe(102);
  expect(model.firstSeqAt(NOW + 30)).toBe(104);
  expect(model.firstSeqAt(NOW + 31)).toBeUndefined();
});

test('without an event there is nothing to find', () => {
  expect(model.firstSeqAt(NOW)).toBeUndefined();
  expect(model.activity(NOW)).toEqual(new Map());
});
