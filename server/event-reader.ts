// Events in the stream's order from any place of it, for whoever reads them by cursor. The newest come from the read model, so
// that a thousand readers cost NATS nothing; who is further behind reads the stream itself, until the read model has the rest.
// What is not there any more is told, never skipped.
import type { EventRow, EventsAfter, EventsRead } from '../app/event-view.ts';
import { type EventPlace, markOf } from '../core/api/event.ts';
import type { FsEvent } from '../core/model/event.ts';
import { isUnder } from '../core/model/rel-path.ts';
import { type EventLog, UnknownEventError } from '../core/store/event-log.ts';
import type { ReadModel } from './read-model/read-model.ts';

export interface EventReaderIo {
  readonly readModel: Pick<ReadModel, 'events'>;
  readonly events: Pick<EventLog, 'read' | 'last'>;
}

/** Events of the stream that one answer looks at, at the most: a filter may let few of very many pass. */
const MOST_LOOKED_AT = 20_000;

/** @throws StoreUnavailableError  only where the stream itself has to be asked */
export async function readEventsAfter(io: EventReaderIo, query: EventsAfter): Promise<EventsRead> {
  const { limit, filter } = query;
  const newest = io.readModel.events({ limit: 1 });
  const head = placeOf(newest.rows[0], newest.head);
  const after = query.after === 'newest' ? head : query.after;
  if (query.after === 'newest') return { kind: 'events', rows: [], next: head, more: false };
  if (after.seq > head.seq) {
    // This server may be behind the one that gave the cursor.
    if (after.seq <= (await newestSeq(io.events))) return { kind: 'events', rows: [], next: after, more: false };
    return { kind: 'gap', reason: 'went-back', next: head };
  }
  const [there] = io.readModel.events({ after: after.seq - 1, before: after.seq + 1, limit: 1 }).rows;
  if (there && after.mark !== '' && markOf(there.event) !== after.mark) {
    return { kind: 'gap', reason: 'went-back', next: head };
  }
  const oldest = newest.rows.length > 0 ? newest.oldest : head.seq + 1;
  if (after.seq < oldest - 1) return readStream(io.events, { after, limit, filter }, head);
  const found = io.readModel.events({ ...filter, after: after.seq, limit, oldestFirst: true });
  const rows = found.rows.toReversed();
  return { kind: 'events', rows, next: found.hasNewer ? placeOf(rows.at(-1), 0) : head, more: found.hasNewer };
}

const placeOf = (row: EventRow | undefined, seq: number): EventPlace =>
  row ? { seq: row.seq, mark: markOf(row.event) } : { seq, mark: '' };

async function newestSeq(events: EventReaderIo['events']): Promise<number> {
  try {
    return (await events.last({}))?.seq ?? 0;
  } catch (error) {
    if (error instanceof UnknownEventError) return error.seq;
    throw error;
  }
}

/** @param head  of the read model: all up to it is in the stream, so that it is passed when the stream is caught up with */
async function readStream(
  events: EventReaderIo['events'],
  { after, limit, filter }: EventsAfter & { readonly after: EventPlace },
  head: EventPlace,
): Promise<EventsRead> {
  const reading = new AbortController();
  const rows: EventRow[] = [];
  let next = after;
  let looked = 0;
  try {
    for await (const delivery of events.read({
      afterSeq: after.seq,
      filter: inStream(filter),
      signal: reading.signal,
    })) {
      if (delivery.kind === 'caught-up')
        return { kind: 'events', rows, next: head.seq > next.seq ? head : next, more: false };
      if (delivery.kind === 'gap') {
        if (rows.length > 0) break;
        // The oldest that matches may be later than the oldest that is kept: what is before it is no loss.
        const isBack = delivery.firstSeq <= after.seq;
        if (isBack) return { kind: 'gap', reason: 'went-back', next: head };
        return { kind: 'gap', reason: 'aged-out', next: { seq: delivery.firstSeq - 1, mark: '' } };
      }
      const { seq, event } = delivery;
      next = { seq, mark: markOf(event) };
      looked += 1;
      if (isMeant(event, filter)) rows.push({ seq, event });
      if (rows.length >= limit || looked >= MOST_LOOKED_AT) break;
    }
    return { kind: 'events', rows, next, more: true };
  } finally {
    reading.abort();
  }
}

/** As much of a filter as NATS can do. */
function inStream({ projects, types }: EventsAfter['filter']) {
  const [project, ...others] = projects ?? [];
  return { ...(project !== undefined && others.length === 0 && { project }), ...(types && { types }) };
}

function isMeant(event: FsEvent, { projects, types, path }: EventsAfter['filter']): boolean {
  if (projects && (event.project === undefined || !projects.includes(event.project))) return false;
  if (types && !types.includes(event.type)) return false;
  if (path === undefined) return true;
  const { path: to, from }: { path?: string; from?: string } = event.payload as object;
  return [to, from].some((one) => one !== undefined && (one === path || isUnder(one, path)));
}
