// Drops objects from hot. A plan says what would go and what stays, each with its reason; execution looks again at every
// object and asks cold for a fresh proof before it deletes (I3, I4). What was touched since the plan stays (I5).
import { readCommit, walkChain } from '../commit/chain.ts';
import { readCurrent } from '../commit/current.ts';
import { listDeleted } from '../commit/delete-project.ts';
import { listProjects } from '../commit/project.ts';
import { walkNodes } from '../manifest/walk.ts';
import { isoTime } from '../model/clock.ts';
import type { FsEvent } from '../model/event.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import type { ObjectRecord } from '../model/object-record.ts';
import { systemEnvelope } from './archive-object.ts';
import { stateOf } from './copy-state.ts';
import { changeRecord, expectedCopy, readRecord } from './object-records.ts';
import type { TierIo } from './tier-io.ts';

export interface EvictCandidate {
  readonly sha: Sha;
  readonly sizeBytes: number;
  /** of the copy in hot that the plan saw; milliseconds since 1970 */
  readonly touchedAt: number;
  readonly project?: ProjectName | undefined;
}

export type EvictResult =
  | { readonly kind: 'evicted' }
  /** it was not in hot, and that was told */
  | { readonly kind: 'absent' }
  | { readonly kind: 'kept'; readonly reason: string };

/** What must not go, whoever asks. */
export interface Protected {
  readonly pinned: ReadonlySet<Sha>;
  /** nodes and commits, where a file happens to have the very bytes of one */
  readonly metadata: ReadonlySet<Sha>;
}

export const PINNED = 'it is pinned';
export const NOT_ARCHIVED = 'it is not archived yet';
const METADATA = 'it is part of a manifest or a commit';

/** @returns undefined: it may go, as far as is known without asking cold */
export function reasonToKeep(sha: Sha, record: ObjectRecord | undefined, keep: Protected): string | undefined {
  if (keep.pinned.has(sha)) return PINNED;
  if (keep.metadata.has(sha)) return METADATA;
  return record?.cold ? undefined : NOT_ARCHIVED;
}

/** One object. Its record says that it is to go before it goes, and that it was told of after that: whatever a crash leaves,
 *  the next call completes.
 *  @throws StoreUnavailableError and the like: unknown is not safe (I3) */
export async function evictObject(io: TierIo, candidate: EvictCandidate, keep: Protected): Promise<EvictResult> {
  const { sha, sizeBytes, touchedAt, project } = candidate;
  const record = await readRecord(io.index, sha);
  const reason = reasonToKeep(sha, record, keep);
  if (reason !== undefined || !record?.cold) return { kind: 'kept', reason: reason ?? NOT_ARCHIVED };
  const stat = await io.hot.stat(sha);
  if (stat.kind === 'absent') {
    if (!isUntold(record)) return { kind: 'absent' };
    await tell(io, sha, record, project);
    return { kind: 'evicted' };
  }
  const doubt = await doubtOf(io, sha, sizeBytes, record.cold);
  if (doubt !== undefined) return { kind: 'kept', reason: `${doubt}. ${repairHint(project)}` };
  const since = isoTime(io.clock.now());
  // Who finds the copy in cold damaged takes its record away first: then this is not safe any more.
  const marked = await changeRecord(io.index, sha, (was) =>
    was?.cold?.etag === record.cold?.etag ? was && { ...was, evicted: { since, told: false } } : was,
  );
  if (marked?.evicted?.since !== since) return { kind: 'kept', reason: NOT_ARCHIVED };
  if (!(await io.hot.delete(sha, { untouchedSince: touchedAt }))) {
    await changeRecord(io.index, sha, withoutEvicted);
    return { kind: 'kept', reason: 'somebody has stored it again since it was planned' };
  }
  await tell(io, sha, marked, project);
  return { kind: 'evicted' };
}

const repairHint = (project: ProjectName | undefined): string =>
  project === undefined ? 'Repair the project.' : `Repair it: npx fs-sync job start repair --project ${project}`;

/** Asks cold afresh. @returns undefined: it has the very bytes; else why that is not sure */
async function doubtOf(
  { cold }: Pick<TierIo, 'cold'>,
  sha: Sha,
  sizeBytes: number,
  recorded: NonNullable<ObjectRecord['cold']>,
): Promise<string | undefined> {
  const check = await cold.check(sha, { sizeBytes, ...expectedCopy(recorded) });
  if (check.kind === 'absent') return 'cold does not have it';
  if (check.kind === 'different') return `what cold has is not it: ${check.detail}`;
  if (!recorded.unread || check.proof.checksumMatched) return undefined;
  const state = await stateOf(() => cold.get(sha, { sizeBytes }));
  return state === 'good' ? undefined : `what cold has is not it: read to its end, it is ${state}`;
}

/** It left hot, and a crash came before that was told. */
export const isUntold = (record: ObjectRecord | undefined): boolean => record?.evicted?.told === false;

async function tell(io: TierIo, sha: Sha, record: ObjectRecord, project: ProjectName | undefined): Promise<void> {
  if (!record.evicted) return;
  const { since } = record.evicted;
  await io.events.publish([evictedEvent(io, project, sha, { size: record.size, since })]);
  // What was brought back meanwhile is not evicted any more.
  await changeRecord(io.index, sha, (was) =>
    was?.evicted?.since === since && !was.evicted.told ? { ...was, evicted: { since, told: true } } : was,
  );
}

export function evictedEvent(
  { tenant }: Pick<TierIo, 'tenant'>,
  project: ProjectName | undefined,
  sha: Sha,
  { size, since }: { readonly size: number; readonly since: string },
): FsEvent {
  return {
    ...systemEnvelope(tenant, project, 'evictor', since, sha),
    id: `evicted-${sha}-${Date.parse(since)}`,
    type: 'ObjectEvicted',
    payload: { sha, size },
  };
}

function withoutEvicted(record: ObjectRecord | undefined): ObjectRecord | undefined {
  if (!record?.evicted) return record;
  const { evicted: _, ...rest } = record;
  return rest;
}

/** Manifest nodes and commits of every project that is there or can be brought back: these are never evicted. */
export async function metadataObjects(io: Pick<TierIo, 'hot' | 'nodes' | 'index'>): Promise<Set<Sha>> {
  const found = new Set<Sha>();
  for (const head of await headsOf(io)) {
    for await (const { sha } of walkChain(io.hot, head)) found.add(sha);
    const { manifest_sha } = await readCommit(io.hot, head);
    for await (const sha of walkNodes(io.nodes, manifest_sha)) found.add(sha);
  }
  return found;
}

async function headsOf({ index }: Pick<TierIo, 'index'>): Promise<Sha[]> {
  const heads: Sha[] = [];
  for (const project of await listProjects(index)) {
    const at = await readCurrent(index, project);
    if (at) heads.push(at.current.commit_sha);
  }
  for (const { deleted } of await listDeleted(index)) heads.push(deleted.current.commit_sha);
  return heads;
}
