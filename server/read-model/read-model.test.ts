import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FsEvent } from '../../core/model/event.ts';
import { fakeSha, parseProjectName, parseTenant, type Sha } from '../../core/model/ids.ts';
import { silentLog } from '../../core/model/log.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { memoryEventLog } from '../../core/store/memory-event-log.ts';
import { runProjector } from './projector.ts';
import { ReadModel } from './read-model.ts';

let directory: string;
const open: ReadModel[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fs-read-model-'));
});
afterEach(() => {
  for (const model of open.splice(0)) model.close();
  rmSync(directory, { recursive: true });
});

const file = () => join(directory, 'x.db');
function model(tenant = 'default'): ReadModel {
  const opened = new ReadModel(file(), tenant);
  open.push(opened);
  return opened;
}

const demo = parseProjectName('demo');
const sha = fakeSha('object');
let ids = 0;
const base = () => ({
  id: `event-${ids++}`,
  ts: '2026-01-01T00:00:00.000Z',
  tenant: parseTenant('default'),
  project: demo,
  actor: { kind: 'node', id: 'node-a' } as const,
  trace: { traceparent: '00-0-0-01', correlation_id: 'c' },
});
const created = (of = sha): FsEvent => ({
  ...base(),
  type: 'ObjectCreated',
  payload: { sha: of, size: 3, mime: 'text/plain' },
});
const archived = (of = sha): FsEvent => ({
  ...base(),
  type: 'ObjectArchived',
  payload: { sha: of, size: 3, cold: { bucket: 'b', key: `default/objects/${of}` } },
});
const deleted = (path: string): FsEvent => ({
  ...base(),
  type: 'PathDeleted',
  payload: { path: fakePath(path), was: { dir: true, mode: 0o755 }, commit_sha: sha },
});
const named = (path: string, commit = sha): FsEvent => ({
  ...of(commit, base()),
  type: 'PathCreated',
  payload: { path: fakePath(path), entry: { sha, size: 3, mode: 0o644, mtime: 1 }, commit_sha: commit },
});
const of = <T extends object>(commit: Sha, event: T) => ({
  ...event,
  trace: { traceparent: '00-0-0-01', correlation_id: commit },
});
const log = (events: readonly FsEvent[], from = 1) => events.map((event, i) => ({ seq: from + i, event }));

test('an object is to be archived until its archive is told', () => {
  const m = model();
  m.apply(log([created(), created(fakeSha('other'))]));
  expect(m.projectTotals().get(demo)?.toArchive).toBe(2);
  m.apply(log([archived()], 3));
  expect(m.projectTotals().get(demo)?.toArchive).toBe(1);
  expect(m.tiersOf([sha]).get(sha)).toMatchObject({ hot: true, cold: { bucket: 'b' } });
});

test('of copies that were proven before another cold storage was adopted nothing is told any more', () => {
  const m = model();
  const adoptedAt = Date.parse(base().ts) + 1;
  const later = { ...archived(fakeSha('other')), ts: new Date(adoptedAt).toISOString() };
  m.apply(log([created(), created(fakeSha('other')), archived(), later]));
  m.forgetColdBefore(adoptedAt);
  expect(m.tiersOf([sha]).get(sha)).toEqual({ hot: true, cold: null });
  expect(m.tiersOf([fakeSha('other')]).get(fakeSha('other'))).toMatchObject({ cold: { bucket: 'b' } });
  expect(m.projectTotals().get(demo)?.toArchive).toBe(1);
});

test('what is compressed in cold is told with its size before and after, for each project', () => {
  const m = model();
  m.apply(log([created(), created(fakeSha('plain'))]));
  expect(m.compressed(demo)).toBeUndefined();
  const squeezed = archived();
  if (squeezed.type !== 'ObjectArchived') throw new Error('it is the event that was made');
  const { payload } = squeezed;
  const events = [
    { ...squeezed, payload: { ...payload, cold: { ...payload.cold, stored: 2 } } },
    archived(fakeSha('plain')),
  ];
  m.apply(log(events, 3));
  m.apply(log(events, 3));
  expect(m.compressed(demo)).toEqual({ plainBytes: 3, storedBytes: 2 });
  expect(m.compressed(parseProjectName('other'))).toBeUndefined();
  expect(m.tiersOf([sha]).get(sha)?.cold).toMatchObject({ storedBytes: 2 });
  m.apply(log([archived()], 5));
  expect(m.compressed(demo)).toBeUndefined();
});

test('applying the same events again changes nothing', () => {
  const m = model();
  const batch = log([created(), archived(), deleted('a')]);
  m.apply(batch);
  m.apply(batch);
  expect(m.events({ limit: 10 }).rows.map(({ seq }) => seq)).toEqual([3, 2, 1]);
  expect(m.projectTotals().get(demo)?.toArchive ?? 0).toBe(0);
});

test('pages of events join without a gap or a repeat, back from the newest and on from a cursor', () => {
  const m = model();
  m.apply(log(Array.from({ length: 25 }, (_, n) => deleted(`f${n}`))));
  const back: number[] = [];
  for (let before: number | undefined; ; ) {
    const page = m.events({ limit: 10, ...(before === undefined ? {} : { before }) });
    back.push(...page.rows.map(({ seq }) => seq));
    if (!page.hasOlder) break;
    before = page.rows.at(-1)?.seq;
  }
  expect(back).toEqual(Array.from({ length: 25 }, (_, n) => 25 - n));
  const next = m.events({ after: 20, limit: 3, oldestFirst: true });
  expect(next.rows.map(({ seq }) => seq)).toEqual([23, 22, 21]);
  expect(next).toMatchObject({ hasOlder: false, hasNewer: true, oldest: 1 });
  const newest = m.events({ after: 20, limit: 3 });
  expect(newest.rows.map(({ seq }) => seq)).toEqual([25, 24, 23]);
  expect(newest).toMatchObject({ hasOlder: true, hasNewer: false });
  expect(m.events({ after: 20, limit: 3 }).head).toBe(25);
});

test('events are found by project, type and path', () => {
  const m = model();
  m.apply(log([created(), deleted('a'), deleted('b')]));
  expect(m.events({ limit: 10, types: ['PathDeleted'] }).rows).toHaveLength(2);
  expect(m.events({ limit: 10, path: 'b' }).rows.map(({ seq }) => seq)).toEqual([3]);
  expect(m.events({ limit: 10, project: parseProjectName('other') }).rows).toHaveLength(0);
});

test('a directory finds what is in it, and no name that only begins like it', () => {
  const m = model();
  m.apply(log([deleted('docs'), deleted('docs/a'), deleted('docs/b/c'), deleted('docs-old'), deleted('docs0')]));
  expect(m.events({ limit: 10, path: 'docs' }).rows.map(({ seq }) => seq)).toEqual([3, 2, 1]);
});

test('events are found by who did it, and everybody who did something is named once', () => {
  const m = model();
  const by = (id: string): FsEvent => ({ ...deleted('x'), actor: { kind: 'user', id } });
  expect(m.actors()).toEqual([]);
  m.apply(log([by('bob'), by('ada'), by('bob')]));
  expect(m.actors()).toEqual(['ada', 'bob']);
  expect(m.events({ limit: 10, actor: 'bob' }).rows.map(({ seq }) => seq)).toEqual([3, 1]);
});

test('an event of an object has the name of its file, also one that was told before the file', () => {
  const m = model();
  const path = fakePath('docs/a.md');
  m.apply(log([of(sha, created())]));
  expect(m.events({ limit: 1 }).rows[0]).not.toHaveProperty('name');
  m.apply(log([named(path), archived(), { ...archived(), project: parseProjectName('other') }], 2));
  const { rows } = m.events({ limit: 10 });
  expect(rows.map(({ name }) => name)).toEqual([undefined, path, undefined, path]);
  expect(m.events({ limit: 10, path: 'docs' }).rows.map(({ seq }) => seq)).toEqual([3, 2, 1]);
});

test('bytes that come again are told with the path that the commit gives them, not with one that they had long ago', () => {
  const m = model();
  const [first, again] = [fakeSha('first'), fakeSha('again')];
  m.apply(log([of(first, created()), named('notes/a2.txt', first)]));
  m.apply(log([of(again, created())], 3));
  expect(m.events({ limit: 1 }).rows[0]).not.toHaveProperty('name');
  m.apply(log([archived()], 4));
  m.apply(log([named('a.txt', again), named('copy.txt', again)], 5));
  const names = m.events({ limit: 10 }).rows.map(({ seq, name }) => [seq, name]);
  expect(names).toEqual(
    [
      [1, 'notes/a2.txt'],
      [2, undefined],
      [3, 'a.txt'],
      [4, 'copy.txt'],
      [5, undefined],
      [6, undefined],
    ].reverse(),
  );
  expect(m.events({ limit: 10, path: 'a.txt' }).rows.map(({ seq }) => seq)).toEqual([5, 3]);
  // Another project's commit at the same time names its own.
  const other = fakeSha('other');
  const theirs = { ...of(other, created()), project: parseProjectName('other') };
  m.apply(log([of(first, created()), theirs, named('b.txt', first)], 7));
  expect(m.events({ limit: 3 }).rows.map(({ name }) => name)).toEqual([undefined, undefined, 'b.txt']);
});

test('a file of another tenant, or one that is damaged, is made anew', () => {
  const first = model('one');
  first.apply(log([deleted('secret')]));
  first.close();
  open.length = 0;
  const second = model('two');
  expect(second.events({ limit: 10 })).toMatchObject({ rows: [], head: 0 });
  second.close();
  open.length = 0;
  writeFileSync(file(), 'this is not a database, whatever its name says');
  expect(model('two').head()).toBe(0);
});

test('the projector reads on from where it was, and starts over when the stream went back', async () => {
  const m = model();
  const project = async (stream: ReturnType<typeof memoryEventLog>, until: number) => {
    const stop = new AbortController();
    const running = runProjector(stream, m, {
      signal: stop.signal,
      log: silentLog,
      onApplied: () => {
        if (m.head() >= until) stop.abort();
      },
    });
    await running;
  };
  const stream = memoryEventLog();
  await stream.publish([created(), deleted('a'), deleted('b')]);
  await project(stream, 3);
  await stream.publish([archived()]);
  await project(stream, 4);
  expect(m.events({ limit: 10 }).rows).toHaveLength(4);

  const anew = memoryEventLog();
  await anew.publish([deleted('only')]);
  await project(anew, 1);
  expect(m.events({ limit: 10 }).rows.map(({ event }) => event.type)).toEqual(['PathDeleted']);
  expect(m.projectTotals().get(demo)?.toArchive ?? 0).toBe(0);
});

test('what a sweep took is in no total, and stays in that of the tier that has it still', () => {
  const m = model();
  const swept = (tier: 'hot' | 'cold'): FsEvent => ({
    ...base(),
    type: 'ObjectSwept',
    payload: { sha, size: 3, tier },
  });
  m.apply(log([created(), archived(), created(fakeSha('other'))]));
  m.apply(log([swept('hot')], 4));
  expect(m.projectTotals()).toEqual(new Map([[demo, { hot: 3, cold: 3, toArchive: 1 }]]));
  m.apply(log([swept('cold')], 5));
  expect(m.projectTotals()).toEqual(new Map([[demo, { hot: 3, cold: 0, toArchive: 1 }]]));
  expect(m.totals()).toMatchObject({ objects: 1, cold: 0, coldBytes: 0 });
  expect(m.tiersOf([sha]).size).toBe(0);
});

test('what the objects of each project take in hot and in cold, and which wait to be archived, is counted as they move, and back when they are forgotten', () => {
  const m = model();
  const evicted: FsEvent = { ...base(), type: 'ObjectEvicted', payload: { sha, size: 3 } };
  m.apply(log([created(), created(fakeSha('other'))]));
  expect(m.projectTotals()).toEqual(new Map([[demo, { hot: 6, cold: 0, toArchive: 2 }]]));
  m.apply(log([archived(), evicted], 3));
  expect(m.projectTotals()).toEqual(new Map([[demo, { hot: 3, cold: 3, toArchive: 1 }]]));
  m.apply(log([archived()], 3));
  expect(m.projectTotals()).toEqual(new Map([[demo, { hot: 3, cold: 3, toArchive: 1 }]]));
  m.clear();
  expect(m.projectTotals()).toEqual(new Map([[demo, { hot: 0, cold: 0, toArchive: 0 }]]));
});
