// Which commits keep their content. Pure: a list of commits and a clock in, a set of shas out.
import type { Sha } from '../model/ids.ts';
import type { Retention } from '../model/policy.ts';

export interface DatedCommit {
  readonly sha: Sha;
  /** milliseconds since 1970 */
  readonly at: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** @param commits  newest first; the first is `current` and is always kept
 *  A bucket (an hour, a day, a week; UTC) keeps its newest commit. */
export function keptCommits(commits: readonly DatedCommit[], retention: Retention, now: number): Set<Sha> {
  const kept = new Set<Sha>(commits.slice(0, Math.max(1, retention.last)).map(({ sha }) => sha));
  for (const { sha, at } of commits) if (now - at <= retention.keep_all_ms) kept.add(sha);
  for (const [length, reach] of [
    [HOUR, retention.hourly_ms],
    [DAY, retention.daily_ms],
    [WEEK, retention.weekly_ms],
  ] as const) {
    const seen = new Set<number>();
    for (const { sha, at } of commits) {
      const bucket = Math.floor(at / length);
      if (now - at > reach || seen.has(bucket)) continue;
      seen.add(bucket);
      kept.add(sha);
    }
  }
  return kept;
}
