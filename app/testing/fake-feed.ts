// What is asked of the events of a fleet that is made up.
import { markOf } from '../../core/api/event.ts';
import type { Queries } from '../context.ts';
import type { EventQuery, EventRow } from '../event-view.ts';
import type { FakeFleet } from './fake-fleet.ts';

export function feedQueries(fleet: FakeFleet): Pick<Queries, 'events' | 'eventsAfter' | 'actors' | 'firstEventAt'> {
  return {
    events: async (query) => {
      fleet.failIfAsked();
      const found = fleet.madeEvents.filter((row) => matches(query, row));
      const more = found.length > query.limit;
      const { oldestFirst = false } = query;
      const rows = oldestFirst ? found.slice(-query.limit) : found.slice(0, query.limit);
      return {
        rows: rows.map((row) => fleet.named(row)),
        head: fleet.madeEvents[0]?.seq ?? 0,
        oldest: fleet.madeEvents.at(-1)?.seq ?? 0,
        hasOlder: more && !oldestFirst,
        hasNewer: more && oldestFirst,
      };
    },
    eventsAfter: async ({ after, filter, limit }) => {
      fleet.failIfAsked();
      const head = fleet.madeEvents[0];
      const place = (row: EventRow | undefined) => ({ seq: row?.seq ?? 0, mark: row ? markOf(row.event) : '' });
      if (after === 'newest') return { kind: 'events', rows: [], next: place(head), more: false };
      const oldest = fleet.madeEvents.at(-1)?.seq ?? 1;
      if (after.seq > 0 && after.seq < oldest - 1) {
        return { kind: 'gap', reason: 'aged-out', next: { seq: oldest - 1, mark: '' } };
      }
      const found = fleet.madeEvents.filter((row) => matches({ ...filter, after: after.seq, limit }, row)).reverse();
      const rows = found.slice(0, limit);
      const more = found.length > limit;
      return { kind: 'events', rows, next: place(more ? rows.at(-1) : head), more };
    },
    actors: async () => [...new Set(fleet.madeEvents.map(({ event }) => event.actor.id))].sort(),
    firstEventAt: async (at) => fleet.madeEvents.findLast(({ event }) => Date.parse(event.ts) >= at)?.seq,
  };
}

function matches(query: EventQuery, { seq, event }: EventRow): boolean {
  if (query.before !== undefined && seq >= query.before) return false;
  if (query.after !== undefined && seq <= query.after) return false;
  if (query.project !== undefined && event.project !== query.project) return false;
  if (query.projects && (event.project === undefined || !query.projects.includes(event.project))) return false;
  if (query.correlation !== undefined && event.trace.correlation_id !== query.correlation) return false;
  if (query.types !== undefined && !query.types.includes(event.type)) return false;
  if (query.actor !== undefined && event.actor.id !== query.actor) return false;
  const path = 'path' in event.payload ? event.payload.path : undefined;
  return query.path === undefined || path === query.path || (path?.startsWith(`${query.path}/`) ?? false);
}
