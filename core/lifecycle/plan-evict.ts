// Which objects would leave hot, and why. By hand: everything in the scope. By policy: what was idle for too long (by its
// project's own rule, where it has one), then, when hot holds more than its high water mark, what was used the longest time
// ago until the low mark is reached.
import type { Sha } from '../model/ids.ts';
import { ShaSet } from '../model/sha-set.ts';
import { type EvictCandidate, isUntold, type Protected, reasonToKeep } from '../tier/evict.ts';
import { filesIn, type Scope } from '../tier/files-in.ts';
import { readRecord } from '../tier/object-records.ts';
import type { TierIo } from '../tier/tier-io.ts';
import { evictOverrides } from './evict-overrides.ts';

export interface PlannedEviction extends EvictCandidate {
  /** a path for people, or the sha where no path is known */
  readonly name: string;
  /** why it would go */
  readonly reason: string;
}

export interface EvictPlan {
  readonly evict: readonly PlannedEviction[];
  /** how many stay, by reason */
  readonly kept: ReadonlyMap<string, number>;
  /** what an earlier attempt has evicted */
  readonly gone: { readonly objects: number; readonly bytes: number };
}

export interface WaterMarks {
  readonly highBytes: number;
  readonly lowBytes: number;
}

export interface EvictRules {
  /** absent: hot may grow */
  readonly water?: WaterMarks | undefined;
  /** absent: nothing is too idle */
  readonly idleMs?: number | undefined;
}

/** What is younger stays, whatever the rules say: a commit or a reader may just be under way. Ten minutes. */
export const EVICT_MIN_AGE_MS = 600_000;

/** @param began  ISO 8601; what has left hot since then was evicted for this plan, by an attempt that was cut off */
export async function planByHand(io: TierIo, scope: Scope, keep: Protected, began: string): Promise<EvictPlan> {
  const plan = new Collected();
  const seen = new ShaSet();
  for await (const { path, sha, size } of filesIn(io, scope)) {
    if (seen.has(sha)) continue;
    seen.add(sha);
    const stat = await io.hot.stat(sha);
    const record = await readRecord(io.index, sha);
    if (stat.kind === 'absent' && !isUntold(record)) {
      if (record?.evicted && record.evicted.since > began) plan.wasEvicted(size);
      continue;
    }
    const reason = reasonToKeep(sha, record, keep);
    if (reason !== undefined) plan.keep(reason);
    else {
      const touchedAt = stat.kind === 'present' ? stat.touchedAt : 0;
      plan.evict.push({
        sha,
        sizeBytes: size,
        touchedAt,
        project: scope.project,
        name: path,
        reason: 'asked for by hand',
      });
    }
  }
  return plan;
}

/** @param lastRead  milliseconds since 1970; undefined: nobody has read it, as far as is known */
export async function planByPolicy(
  io: TierIo,
  rules: EvictRules,
  keep: Protected,
  lastRead: (sha: Sha) => number | undefined,
): Promise<EvictPlan> {
  const plan = new Collected();
  const { idleMs, water } = rules;
  const overrides = await evictOverrides(io, idleMs);
  const now = io.clock.now();
  let hotBytes = 0;
  const candidates: (EvictCandidate & { readonly usedAt: number })[] = [];
  for await (const { sha, sizeBytes, touchedAt } of io.hot.list()) {
    hotBytes += sizeBytes;
    const record = await readRecord(io.index, sha);
    // Without a record it is no file's content, as far as is known: a node, a commit, or not told of yet.
    if (!record) continue;
    const reason = reasonToKeep(sha, record, keep);
    const usedAt = Math.max(touchedAt, lastRead(sha) ?? 0);
    if (reason !== undefined) plan.keep(reason);
    else if (overrides.get(sha) === 'never') plan.keep('its project never evicts by policy');
    else if (now - usedAt < EVICT_MIN_AGE_MS) plan.keep('it was used within the last minutes');
    else candidates.push({ sha, sizeBytes, touchedAt, usedAt });
  }
  candidates.sort((a, b) => a.usedAt - b.usedAt);
  const isOver = water !== undefined && hotBytes > water.highBytes;
  for (const { usedAt, ...candidate } of candidates) {
    const own = overrides.get(candidate.sha);
    const mayIdleMs = typeof own === 'number' ? own : idleMs;
    const isIdle = mayIdleMs !== undefined && now - usedAt >= mayIdleMs;
    if (!isIdle && !(isOver && hotBytes > water.lowBytes)) {
      plan.keep('hot has room for it');
      continue;
    }
    const days = Math.floor((now - usedAt) / 86_400_000);
    const since = days === 0 ? 'today' : `${days} ${days === 1 ? 'day' : 'days'} ago`;
    const reason = isIdle
      ? `used last ${since}, which is idle`
      : `hot is above its high water mark; used last ${since}`;
    hotBytes -= candidate.sizeBytes;
    plan.evict.push({ ...candidate, name: candidate.sha, reason });
  }
  return plan;
}

class Collected implements EvictPlan {
  readonly evict: PlannedEviction[] = [];
  readonly kept = new Map<string, number>();
  gone = { objects: 0, bytes: 0 };

  wasEvicted(bytes: number): void {
    this.gone = { objects: this.gone.objects + 1, bytes: this.gone.bytes + bytes };
  }

  keep(reason: string): void {
    this.kept.set(reason, (this.kept.get(reason) ?? 0) + 1);
  }
}
