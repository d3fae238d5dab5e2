// The server's own SQLite: recent events for search and filters, and what tier each object is in. It is a projection of the
// event stream, rebuildable at any time and never the truth.
import type Database from 'better-sqlite3';
import { and, asc as ascending, eq, gte, inArray, isNotNull, lt, max, min, sql, sum } from 'drizzle-orm';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import type { EventQuery, EventWindow } from '../../app/event-view.ts';
import type { Tiers } from '../../app/file-view.ts';
import type { Activity, TierBytes } from '../../app/project-view.ts';
import { type Clock, systemClock } from '../../core/model/clock.ts';
import type { FsEvent } from '../../core/model/event.ts';
import type { ProjectName, Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { LoggedEvent } from '../../core/store/event-log.ts';
import { countActivity, readActivity } from './activity.ts';
import { readActors, readEvents } from './event-rows.ts';
import { EventWriter } from './event-writer.ts';
import { openOrReplace } from './open-sqlite.ts';
import { CREATE_TABLES, events, meta, objects, projectTotals, reads, SCHEMA_VERSION, totals } from './schema.ts';

/** Events kept for search; older ones are in the stream. */
const EVENTS_KEPT = 200_000;

export class ReadModel {
  private readonly sqlite: Database.Database;
  private readonly db: BetterSQLite3Database;
  private readonly writer: EventWriter;
  private readonly clock: Pick<Clock, 'now'>;

  /** @param file  made when missing; one of another tenant, shape or a damaged one is made anew */
  constructor(file: string, tenant: string, clock: Pick<Clock, 'now'> = systemClock) {
    this.clock = clock;
    this.sqlite = openOrReplace(file, { identity: `${SCHEMA_VERSION}:${tenant}`, createTables: CREATE_TABLES });
    this.db = drizzle(this.sqlite);
    this.writer = new EventWriter(this.db);
  }

  /** The newest seq that is projected; 0 for none. */
  head(): number {
    return Number(this.metaValue('head') ?? 0);
  }

  /** Forgets everything: the stream is not the one that was projected (it was made anew, or set back). */
  clear(): void {
    this.sqlite.exec(
      "DELETE FROM events; DELETE FROM objects; DELETE FROM activity; DELETE FROM meta WHERE key IN ('head', 'cold_since');",
    );
  }

  /** Forgets what is not in the stream any more, because it went back: events from `seq` on were never told. What objects
   *  they moved between tiers is told again by the events that follow. */
  forgetFrom(seq: number): void {
    this.db.transaction((tx) => {
      const lost = tx.select({ json: events.json }).from(events).where(gte(events.seq, seq)).all();
      countActivity(
        tx,
        lost.map(({ json }) => JSON.parse(json) as FsEvent),
        this.clock.now(),
        -1,
      );
      tx.delete(events).where(gte(events.seq, seq)).run();
      setMeta(tx, 'head', String(Math.max(0, seq - 1)));
    });
  }

  /** Forgets the events before this seq: between them and those that follow there are some that are in no stream any more, and
   *  whoever goes on from before has to be told. */
  forgetBefore(seq: number): void {
    this.db.delete(events).where(lt(events.seq, seq)).run();
  }

  apply(batch: readonly LoggedEvent[]): void {
    const last = batch.at(-1);
    if (!last) return;
    this.db.transaction((tx) => {
      const fresh = batch.filter((logged) => this.writer.write(logged)).map(({ event }) => event);
      countActivity(tx, fresh, this.clock.now());
      setMeta(tx, 'head', String(last.seq));
      tx.delete(events)
        .where(lt(events.seq, last.seq - EVENTS_KEPT))
        .run();
    });
  }

  events(query: EventQuery): EventWindow {
    return readEvents(this.db, query, this.head());
  }

  /** Those who did something that is kept, by name. */
  actors(): string[] {
    return readActors(this.db);
  }

  tiersOf(shas: readonly Sha[]): Map<Sha, Tiers> {
    const found = new Map<Sha, Tiers>();
    if (shas.length === 0) return found;
    for (const row of this.db
      .select()
      .from(objects)
      .where(inArray(objects.sha, [...shas]))
      .all()) {
      const cold =
        row.coldKey === null
          ? null
          : {
              key: row.coldKey,
              bucket: row.coldBucket ?? '',
              verifiedAt: row.coldVerifiedAt ?? 0,
              ...(row.coldStored === null ? {} : { storedBytes: row.coldStored }),
            };
      found.set(row.sha as Sha, { hot: row.hot, cold });
    }
    return found;
  }

  /** Where a file of the project has the object, or had it; undefined: not known. */
  pathOf(sha: Sha, project: ProjectName): RelPath | undefined {
    const where = and(eq(objects.sha, sha), eq(objects.project, project));
    const row = this.db.select({ path: objects.path }).from(objects).where(where).get();
    return (row?.path ?? undefined) as RelPath | undefined;
  }

  /** What the objects that the project brought have for bytes of their own, and take in cold, where they are compressed. */
  compressed(project: ProjectName): { readonly plainBytes: number; readonly storedBytes: number } | undefined {
    const row = this.db
      .select({ plainBytes: sum(objects.sizeBytes), storedBytes: sum(objects.coldStored) })
      .from(objects)
      .where(and(eq(objects.project, project), isNotNull(objects.coldStored)))
      .get();
    if (!row || row.plainBytes === null) return undefined;
    return { plainBytes: Number(row.plainBytes), storedBytes: Number(row.storedBytes) };
  }

  /** Of each project what its objects, those of older versions too, take in hot and in cold, and how many of them are not
   *  proven in cold yet. */
  projectTotals(): Map<ProjectName, TierBytes & { readonly toArchive: number }> {
    const rows = this.db.select().from(projectTotals).all();
    return new Map(rows.map(({ project, ...found }) => [project as ProjectName, found]));
  }

  /** Of each project in which anything went on lately. */
  activity(now: number): Map<ProjectName, Activity> {
    return readActivity(this.db, now);
  }

  /** All objects that events told of, and those of them that are proven in cold with the bytes that they take there. */
  totals(): { readonly objects: number; readonly cold: number; readonly coldBytes: number } {
    return this.db.select().from(totals).get() ?? { objects: 0, cold: 0, coldBytes: 0 };
  }

  /** The first event that came at `at` or later, milliseconds since 1970, by its seq; undefined: none is that late. */
  firstSeqAt(at: number): number | undefined {
    const bounds = this.db
      .select({ low: min(events.seq), high: max(events.seq) })
      .from(events)
      .get();
    if (!bounds || bounds.low === null || bounds.high === null) return undefined;
    let { low, high } = { low: bounds.low, high: bounds.high + 1 };
    // Times rise with seqs, but for the seconds that events take to be told: near enough for a link.
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const next = this.db.select({ seq: events.seq, json: events.json }).from(events).where(gte(events.seq, middle));
      const found = next.orderBy(ascending(events.seq)).limit(1).get();
      if (found && Date.parse((JSON.parse(found.json) as FsEvent).ts) < at) low = found.seq + 1;
      else high = middle;
    }
    return low > bounds.high ? undefined : low;
  }

  /** Milliseconds since 1970; undefined: not known. */
  lastRead(sha: Sha): number | undefined {
    return this.db.select({ at: reads.readAt }).from(reads).where(eq(reads.sha, sha)).get()?.at;
  }

  /** Of what is known already the later counts. */
  putReads(batch: ReadonlyMap<Sha, number>): void {
    this.db.transaction((tx) => {
      for (const [sha, readAt] of batch) {
        tx.insert(reads)
          .values({ sha, readAt })
          .onConflictDoUpdate({ target: reads.sha, set: { readAt }, setWhere: lt(reads.readAt, readAt) })
          .run();
      }
    });
  }

  /** What events told of copies that were proven before, in another cold storage, is forgotten: what is archived in this one
   *  is told of anew.
   *  @param adoptedAt  milliseconds since 1970 */
  forgetColdBefore(adoptedAt: number): void {
    if (this.metaValue('cold_since') === String(adoptedAt)) return;
    const none = { coldBucket: null, coldKey: null, coldVerifiedAt: null, coldStored: null };
    this.db.transaction((tx) => {
      tx.update(objects).set(none).where(lt(objects.coldVerifiedAt, adoptedAt)).run();
      setMeta(tx, 'cold_since', String(adoptedAt));
    });
  }

  /** @throws when the file cannot be read; asked by /readyz */
  ping(): void {
    this.db.select({ one: sql`1` }).from(meta).limit(1).all();
  }

  close(): void {
    this.sqlite.close();
  }

  private metaValue(key: string): string | undefined {
    return this.db.select().from(meta).where(eq(meta.key, key)).get()?.value;
  }
}

type Tx = Parameters<Parameters<BetterSQLite3Database['transaction']>[0]>[0];

function setMeta(tx: Tx | BetterSQLite3Database, key: string, value: string): void {
  tx.insert(meta).values({ key, value }).onConflictDoUpdate({ target: meta.key, set: { value } }).run();
}
