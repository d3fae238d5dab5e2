// One object hot → cold: copied, proven, recorded, told. Asked for by the archiver's queue, by jobs and by a project's
// restore point at the same time, it is done once.

import { isoTime } from '../model/clock.ts';
import type { EventOf, FsEvent } from '../model/event.ts';
import { type ProjectName, type Sha, shaOf } from '../model/ids.ts';
import { archivingKey } from '../model/index-keys.ts';
import { DEFAULT_MIME } from '../model/mime.ts';
import type { ObjectRecord } from '../model/object-record.ts';
import type { ColdProof } from '../store/cold-store.ts';
import { REPEATS_KNOWN_MS } from '../store/event-log.ts';
import type { Claims } from './claims.ts';
import { Flights } from './flights.ts';
import { changeRecord, coldOf, expectedCopy, seeRecord, withCold } from './object-records.ts';
import type { TierIo } from './tier-io.ts';

export interface ArchivedObject {
  readonly sha: Sha;
  readonly sizeBytes: number;
  readonly mime?: string;
  /** the project that is told of it */
  readonly project?: ProjectName | undefined;
  /** milliseconds since 1970: when the commit was made that brought it, where all that follows from that is to be told */
  readonly broughtAt?: number;
}

export type ArchiveResult =
  /** its copy was made or proven now; `storedBytes`: what it takes there */
  | { readonly kind: 'archived'; readonly storedBytes: number }
  /** its proof is on record */
  | { readonly kind: 'before' };

/** What is believed of a copy that is said to be in cold: its record; only what cold itself says of it now; or nothing, and
 *  then it is written over, in one step, so that there is no moment without a copy. */
export type Believed = 'record' | 'head' | 'nothing';

/** A smaller object is sooner put twice than claimed, which costs two records, or looked for in cold where nothing says that it
 *  is there: to be sure that it is not takes S3 two questions, and a put replaces it by the same bytes. */
const SOONER_PUT_BYTES = 2 ** 20;

/** The stream drops what is told twice within this time, however the clocks of servers go. */
const TOLD_TWICE_MS = REPEATS_KNOWN_MS / 2;

export class ObjectArchiver {
  readonly #io: TierIo;
  readonly #claims: Claims | undefined;
  readonly #flights = new Flights<string, ArchiveResult>();

  /** @param claims  where several servers archive; absent: this is the only one */
  constructor(io: TierIo, claims?: Claims) {
    this.#io = io;
    this.#claims = claims;
  }

  /** @throws ObjectAbsentError, ObjectCorruptError  hot has no good copy; StoreUnavailableError and the like: try again */
  async archive(object: ArchivedObject, signal: AbortSignal, believed: Believed = 'record'): Promise<ArchiveResult> {
    // What is on its way to cold just now is not put a second time, and needs no further look.
    if (believed === 'head') {
      const first = await this.archive(object, signal);
      if (first.kind === 'archived') return first;
    }
    const key = `${object.sha} ${believed}`;
    return this.#flights.share(key, signal, () => this.#alone(object, signal, believed));
  }

  /** An object's own event and its project's may be with different servers. A sweep that takes the copy out of cold has the
   *  claim meanwhile: one that begins later finds the object in hot, and leaves its copy alone. */
  async #alone(object: ArchivedObject, signal: AbortSignal, believed: Believed): Promise<ArchiveResult> {
    const work = () => this.#archive(object, signal, believed);
    if (!this.#claims) return work();
    const key = archivingKey(object.sha);
    if (object.sizeBytes < SOONER_PUT_BYTES) {
      await this.#claims.untilFree(key, signal);
      return work();
    }
    for (;;) {
      const shared = await this.#claims.share(key, signal, work);
      if (shared.kind === 'did') return shared.result;
    }
  }

  async #archive(object: ArchivedObject, signal: AbortSignal, believed: Believed): Promise<ArchiveResult> {
    const { index, clock } = this.#io;
    const before = await seeRecord(index, object.sha);
    const recorded = before.record;
    // What was read and found damaged is not believed again because a HEAD does not show it.
    if (recorded?.cold_damaged !== undefined) believed = 'nothing';
    const isOnRecord = believed === 'record' && recorded?.cold !== undefined;
    const isSoonerPut = !recorded?.cold && object.sizeBytes < SOONER_PUT_BYTES;
    const isLookedFor = !isOnRecord && !isSoonerPut && believed !== 'nothing';
    const there = isLookedFor ? await provenCopy(this.#io, object, recorded) : undefined;
    if (recorded?.cold && (isOnRecord || there)) {
      // A crash may have left the record without its event, which has an id of its own: the same is said twice. What was
      // proven before this commit brought it was told then, and its event would stand among others with a time long past.
      const provenAt = Date.parse(recorded.cold.verified_at);
      const isOfThisCommit = object.broughtAt !== undefined && provenAt >= object.broughtAt;
      if (isOfThisCommit || clock.now() - provenAt < TOLD_TWICE_MS)
        await this.#tell(object.project, object.sha, recorded);
      return { kind: 'before' };
    }
    const proof = there ?? (await copyToCold(this.#io, object, signal));
    const created = isoTime(clock.now());
    const change = (was: ObjectRecord | undefined): ObjectRecord => {
      // Somebody has read it since the HEAD.
      if (there && was?.cold_damaged !== undefined) return was;
      // Another server was first: the same copy is not told of twice.
      if (was?.cold?.etag === proof.etag && !was.cold.unread) return was;
      const known = was ?? { size: object.sizeBytes, mime: object.mime ?? DEFAULT_MIME, created };
      return withCold(known, coldOf(proof));
    };
    const record = await changeRecord(index, object.sha, change, before);
    if (there && record?.cold_damaged !== undefined) return this.#archive(object, signal, 'nothing');
    if (record) await this.#tell(object.project, object.sha, record);
    return { kind: 'archived', storedBytes: proof.stored?.sizeBytes ?? proof.sizeBytes };
  }

  async #tell(project: ProjectName | undefined, sha: Sha, record: ObjectRecord): Promise<void> {
    const event = archivedEvent(this.#io, project, sha, record);
    if (event) await this.#io.events.publish([event]);
  }
}

/** A length alone proves nothing: cold has to know the hash, or the ETag that a verified put has left. */
async function provenCopy(
  { cold }: Pick<TierIo, 'cold'>,
  { sha, sizeBytes }: ArchivedObject,
  record: ObjectRecord | undefined,
): Promise<ColdProof | undefined> {
  const expected = expectedCopy(record?.cold?.unread ? undefined : record?.cold);
  const check = await cold.check(sha, { sizeBytes, ...expected });
  if (check.kind !== 'proven') return undefined;
  return check.proof.checksumMatched || expected.etag !== undefined ? check.proof : undefined;
}

/** Streamed; the cold store verifies the hash on the way in and proves the copy. */
async function copyToCold(
  io: Pick<TierIo, 'hot' | 'cold'>,
  { sha, sizeBytes }: ArchivedObject,
  signal: AbortSignal,
): Promise<ColdProof> {
  const bytes = async function* () {
    yield* (await io.hot.get(sha, { signal })).bytes;
  };
  return io.cold.put(sha, sizeBytes, bytes, { signal });
}

export const ARCHIVER = 'archiver';

export function archivedEvent(
  { tenant }: Pick<TierIo, 'tenant'>,
  project: ProjectName | undefined,
  sha: Sha,
  record: ObjectRecord,
): EventOf<'ObjectArchived'> | undefined {
  if (!record.cold) return undefined;
  const { bucket, key, class: storageClass, stored, verified_at } = record.cold;
  return {
    ...systemEnvelope(tenant, project, ARCHIVER, verified_at, sha),
    // One id a proof: said again after a crash, it is the same event.
    id: `archived-${sha}-${Date.parse(verified_at)}`,
    type: 'ObjectArchived',
    payload: {
      sha,
      size: record.size,
      cold: {
        bucket,
        key,
        ...(storageClass === undefined ? {} : { class: storageClass }),
        ...(stored === undefined ? {} : { stored: stored.size }),
      },
    },
  };
}

/** What events of a lifecycle task have in common.
 *  @param about  what correlates them: an object's sha or a job's id */
export function systemEnvelope(
  tenant: TierIo['tenant'],
  project: ProjectName | undefined,
  task: string,
  ts: string,
  about: string,
): Pick<FsEvent, 'ts' | 'tenant' | 'project' | 'actor' | 'trace'> {
  const trace = shaOf(about);
  return {
    ts,
    tenant,
    ...(project === undefined ? {} : { project }),
    actor: { kind: 'system', id: task },
    trace: { traceparent: `00-${trace.slice(0, 32)}-${trace.slice(32, 48)}-01`, correlation_id: about },
  };
}
