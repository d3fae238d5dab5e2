// Reading events by cursor is the stream's order, wherever they come from, and nothing that is missing is passed over unsaid.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EventsAfter } from '../app/event-view.ts';
import { fakeEvent } from '../app/testing/fake-events.ts';
import { cursorOf, type EventPlace, markOf, placeIn, START } from '../core/api/event.ts';
import { assert } from '../core/model/assert.ts';
import type { FsEvent } from '../core/model/event.ts';
import { fakeSha, type ProjectName } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { type MemoryEventLog, memoryEventLog } from '../core/store/memory-event-log.ts';
import { readEventsAfter } from './event-reader.ts';
import { ReadModel } from './read-model/read-model.ts';

let directory: string;
const open: ReadModel[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fs-event-reader-'));
});
afterEach(() => {
  for (const model of open.splice(0)) model.close();
  rmSync(directory, { recursive: true });
});

const [demo, other] = ['demo' as ProjectName, 'other' as ProjectName];
const deleted = (path: string, project: ProjectName): FsEvent => {
  const was = { dir: true as const, mode: 0o755 };
  return fakeEvent('PathDeleted', { path: path as RelPath, was, commit_sha: fakeSha('c') }, 0, { project });
};
const made = (n: number): FsEvent[] =>
  Array.from({ length: n }, (_, i) =>
    i % 3 === 2 ? fakeEvent('ProjectCreated', { name: other }, 0, { project: other }) : deleted(`d${i % 2}/f`, demo),
  );

/** @param known  events up to this seq are in the read model; absent: all */
async function rig(events: readonly FsEvent[], known = events.length) {
  const stream = memoryEventLog();
  await stream.publish(events);
  const readModel = new ReadModel(join(directory, `${open.length}.db`), 'default');
  open.push(readModel);
  readModel.apply(events.slice(0, known).map((event, i) => ({ seq: i + 1, event })));
  const io = { readModel, events: stream };
  const read = (after: EventPlace | 'newest', query: Partial<EventsAfter> = {}) =>
    readEventsAfter(io, { after, limit: 100, filter: {}, ...query });
  return { stream, readModel, read };
}

async function readAll(read: Awaited<ReturnType<typeof rig>>['read'], query: Partial<EventsAfter>): Promise<string[]> {
  const ids: string[] = [];
  let after = START;
  for (;;) {
    const page = await read(after, query);
    assert(page.kind === 'events', 'nothing is missing');
    ids.push(...page.rows.map(({ event }) => event.id));
    after = placeIn(cursorOf(page.next)) ?? START;
    if (!page.more) return ids;
  }
}

test('pages of any size give what matches, each once and in the order of the stream, from the read model and from NATS', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 30 }),
      fc.integer({ min: 1, max: 7 }),
      fc.nat(30),
      fc.constantFrom<EventsAfter['filter']>(
        {},
        { projects: [demo] },
        { projects: [demo, other] },
        { types: ['ProjectCreated'] },
        { path: 'd1' as RelPath },
      ),
      async (count, limit, forgotten, filter) => {
        const events = made(count);
        const { read, readModel } = await rig(events);
        readModel.forgetBefore(forgotten);
        const wanted = events.filter(
          (event) =>
            (!filter.projects || filter.projects.some((project) => project === event.project)) &&
            (!filter.types || filter.types.includes(event.type)) &&
            (!filter.path || (event.type === 'PathDeleted' && event.payload.path.startsWith('d1/'))),
        );
        expect(await readAll(read, { limit, filter })).toEqual(wanted.map(({ id }) => id));
      },
    ),
    { numRuns: 60 },
  );
});

test('what is kept nowhere any more is a gap, and reading goes on with the oldest that is', async () => {
  const events = made(10);
  const { read, stream, readModel } = await rig(events);
  stream.dropThrough(6);
  readModel.forgetBefore(7);
  const gap = await read({ seq: 3, mark: markOf(made(1)[0] as FsEvent) });
  expect(gap).toEqual({ kind: 'gap', reason: 'aged-out', next: { seq: 6, mark: '' } });
  const rest = await read({ seq: 6, mark: '' });
  expect(rest.kind === 'events' && rest.rows.map(({ seq }) => seq)).toEqual([7, 8, 9, 10]);
});

test('I12: a cursor of an event that NATS has lost is told so, whether another one has its seq or none', async () => {
  const { read } = await rig(made(4));
  const lost = { seq: 3, mark: 'aaaaaaaaaaaa' };
  const head = await read('newest');
  assert(head.kind === 'events', 'there is no gap before the newest');
  expect(await read(lost)).toEqual({ kind: 'gap', reason: 'went-back', next: head.next });
  expect(await read({ ...lost, seq: 9 })).toEqual({ kind: 'gap', reason: 'went-back', next: head.next });
});

test('a server that is behind the one that gave the cursor waits, and calls nothing lost', async () => {
  const events = made(6);
  const { read, readModel } = await rig(events, 2);
  const last = events[4];
  assert(last, 'it was made');
  const ahead = { seq: 5, mark: markOf(last) };
  expect(await read(ahead)).toEqual({ kind: 'events', rows: [], next: ahead, more: false });
  readModel.apply(events.slice(2).map((event, i) => ({ seq: i + 3, event })));
  expect(await read(ahead)).toMatchObject({ kind: 'events', rows: [{ seq: 6 }], more: false });
});

test('a filter that lets nothing pass moves the cursor all the same', async () => {
  const { read } = await rig(made(5));
  const page = await read(START, { filter: { types: ['JobFailed'] } });
  expect(page).toMatchObject({ kind: 'events', rows: [], next: { seq: 5 }, more: false });
});

test('a hole in the read model is a gap too: what came before it is forgotten', async () => {
  const { runProjector } = await import('./read-model/projector.ts');
  const { silentLog } = await import('../core/model/log.ts');
  const events = made(9);
  const { read, stream, readModel } = await rig(events, 3);
  stream.dropThrough(6);
  const stop = new AbortController();
  const onApplied = () => {
    if (readModel.head() === 9) stop.abort();
  };
  await runProjector(stream satisfies MemoryEventLog, readModel, { signal: stop.signal, log: silentLog, onApplied });
  const third = events[2];
  assert(third, 'it was made');
  expect(await read({ seq: 3, mark: markOf(third) })).toMatchObject({
    kind: 'gap',
    reason: 'aged-out',
    next: { seq: 6 },
  });
});
