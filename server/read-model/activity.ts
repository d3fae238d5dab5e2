// What went on in each project, hour by hour: commits, and bytes that they brought, for the sparklines. Counted as events are
// applied, because a day of a busy project is more events than a page may read; counted back when the stream goes back.
import { gte, lt, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { ACTIVITY_HOURS, type Activity } from '../../app/project-view.ts';
import type { FsEvent } from '../../core/model/event.ts';
import type { ProjectName } from '../../core/model/ids.ts';
import { activity } from './schema.ts';

const HOUR_MS = 3_600_000;
/** Twice what is shown: a server whose clock is set back by less than a day still has all of it. */
const HOURS_KEPT = 2 * ACTIVITY_HOURS;

interface Count {
  readonly project: ProjectName;
  readonly hour: number;
  commits: number;
  bytes: number;
}

type Db = Pick<BetterSQLite3Database, 'insert' | 'delete' | 'select'>;

const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS);

/** @param now  milliseconds since 1970: a node whose clock is ahead of it makes no hour old
 *  @param sign  -1: these events are not in the stream any more */
export function countActivity(db: Db, events: readonly FsEvent[], now: number, sign: 1 | -1 = 1): void {
  const counts = new Map<string, Count>();
  for (const event of events) {
    if (event.project === undefined) continue;
    const commits = event.type === 'ProjectCurrentChanged' ? 1 : 0;
    const bytes = event.type === 'ObjectCreated' ? event.payload.size : 0;
    if (commits + bytes === 0) continue;
    const hour = hourOf(Date.parse(event.ts));
    const key = `${event.project} ${hour}`;
    const count = counts.get(key) ?? { project: event.project, hour, commits: 0, bytes: 0 };
    count.commits += sign * commits;
    count.bytes += sign * bytes;
    counts.set(key, count);
  }
  for (const { project, hour, commits, bytes } of counts.values()) {
    const sum = { commits: sql`${activity.commits} + ${commits}`, bytes: sql`${activity.bytes} + ${bytes}` };
    db.insert(activity)
      .values({ project, hour, commits, bytes })
      .onConflictDoUpdate({ target: [activity.project, activity.hour], set: sum })
      .run();
  }
  const newest = Math.min(hourOf(now), Math.max(0, ...[...counts.values()].map(({ hour }) => hour)));
  if (newest > 0) {
    db.delete(activity)
      .where(lt(activity.hour, newest - HOURS_KEPT))
      .run();
  }
}

/** Of each project in which anything went on, the hours up to the one of `now`, oldest first. */
export function readActivity(db: Db, now: number): Map<ProjectName, Activity> {
  const first = hourOf(now) - ACTIVITY_HOURS + 1;
  const found = new Map<ProjectName, { commits: number[]; bytes: number[] }>();
  for (const { project, hour, commits, bytes } of db.select().from(activity).where(gte(activity.hour, first)).all()) {
    const at = hour - first;
    // A node's clock that is ahead makes no hour that has not come.
    if (at >= ACTIVITY_HOURS) continue;
    const name = project as ProjectName;
    const hours = found.get(name) ?? { commits: zeros(), bytes: zeros() };
    hours.commits[at] = commits;
    hours.bytes[at] = bytes;
    found.set(name, hours);
  }
  return found;
}

const zeros = (): number[] => Array.from({ length: ACTIVITY_HOURS }, () => 0);
