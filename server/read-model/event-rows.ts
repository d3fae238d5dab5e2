// Pages of the events in the read model, by what a reader asks for.
import { and, asc as ascending, desc, eq, gt, gte, inArray, lt, min, or, type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { EventQuery, EventRow, EventWindow } from '../../app/event-view.ts';
import type { FsEvent } from '../../core/model/event.ts';
import type { ProjectName, Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { events, objects } from './schema.ts';

type Db = Pick<BetterSQLite3Database, 'select' | 'all'>;

/** Names of those who act, for a choice: more are found by an address that names one. */
const MOST_ACTORS = 200;

export function readEvents(db: Db, query: EventQuery, head: number): EventWindow {
  const found = db
    .select({ seq: events.seq, json: events.json, path: events.path })
    .from(events)
    .where(matching(query))
    .orderBy(query.oldestFirst ? ascending(events.seq) : desc(events.seq))
    .limit(query.limit + 1)
    .all();
  const rows = named(
    db,
    found.slice(0, query.limit).map(({ seq, json, path }) => ({ seq, path, event: JSON.parse(json) as FsEvent })),
  );
  const more = found.length > query.limit;
  return {
    rows: query.oldestFirst ? rows.reverse() : rows,
    head,
    oldest:
      db
        .select({ seq: min(events.seq) })
        .from(events)
        .get()?.seq ?? 0,
    hasOlder: more && !query.oldestFirst,
    hasNewer: more && query.oldestFirst === true,
  };
}

function matching(query: EventQuery): SQL | undefined {
  return and(
    query.before === undefined ? undefined : lt(events.seq, query.before),
    query.after === undefined ? undefined : gt(events.seq, query.after),
    query.project === undefined ? undefined : eq(events.project, query.project),
    query.projects === undefined ? undefined : inArray(events.project, [...query.projects]),
    query.types === undefined ? undefined : inArray(events.type, [...query.types]),
    query.actor === undefined ? undefined : eq(events.actor, query.actor),
    query.correlation === undefined ? undefined : eq(events.correlation, query.correlation),
    query.path === undefined
      ? undefined
      : or(isAtOrUnder(events.path, query.path), isAtOrUnder(events.fromPath, query.path)),
  );
}

/** The path itself, or what is in that directory: `0` is the character after `/`, so an index finds them. */
const isAtOrUnder = (column: typeof events.path | typeof events.fromPath, path: string): SQL | undefined =>
  or(eq(column, path), and(gte(column, `${path}/`), lt(column, `${path}0`)));

/** Those who did something that is kept, by name. Each step of the search is one look into the index. */
export function readActors(db: Db): string[] {
  const found = db.all<{ actor: string }>(sql`
    WITH RECURSIVE known(actor) AS (
      SELECT min(actor) FROM events
      UNION ALL
      SELECT (SELECT min(actor) FROM events WHERE actor > known.actor) FROM known WHERE known.actor IS NOT NULL
    ) SELECT actor FROM known WHERE actor IS NOT NULL LIMIT ${MOST_ACTORS}`);
  return found.map(({ actor }) => actor);
}

/** The names of objects: what is told of one before the path that uses it may have been kept without. */
function named(db: Db, rows: readonly { seq: number; path: string | null; event: FsEvent }[]): EventRow[] {
  const shas = rows.flatMap(({ path, event }) => (path === null ? (shaOf(event) ?? []) : []));
  const paths = pathsOf(db, shas);
  return rows.map(({ seq, path, event }) => {
    const sha = shaOf(event);
    const name = sha === undefined ? undefined : (path ?? paths.get(keyOf(sha, event.project)));
    return { seq, event, ...(name === undefined ? {} : { name: name as RelPath }) };
  });
}

/** Paths by object and project. */
function pathsOf(db: Db, shas: readonly Sha[]): Map<string, string> {
  if (shas.length === 0) return new Map();
  const found = db
    .select({ sha: objects.sha, project: objects.project, path: objects.path })
    .from(objects)
    .where(inArray(objects.sha, [...shas]))
    .all();
  return new Map(found.flatMap(({ sha, project, path }) => (path === null ? [] : [[keyOf(sha, project), path]])));
}

const keyOf = (sha: string, project: ProjectName | string | null | undefined): string => `${sha} ${project ?? ''}`;

export function shaOf(event: FsEvent): Sha | undefined {
  switch (event.type) {
    case 'ObjectCreated':
    case 'ObjectArchived':
    case 'ObjectRehydrated':
    case 'ObjectEvicted':
    case 'ObjectSwept':
    case 'ObjectCorrupt':
      return event.payload.sha;
    default:
      return undefined;
  }
}
