// Copies objects hot → cold, proves each copy, records the proof and says so. A work item is acknowledged only after the
// proof; whatever fails before is tried again with backoff, so cold being away costs nothing but lag.

import { readCommit } from '../commit/chain.ts';
import type { NodeReader } from '../manifest/tree.ts';
import { newNodes } from '../manifest/walk.ts';
import { type Clock, isoTime } from '../model/clock.ts';
import type { EventOf } from '../model/event.ts';
import type { ProjectName, Sha, Tenant } from '../model/ids.ts';
import { objectKey } from '../model/index-keys.ts';
import type { Log } from '../model/log.ts';
import { messageOf } from '../model/message-of.ts';
import { type ObjectRecord, objectRecordSchema } from '../model/object-record.ts';
import type { ColdProof, ColdStore } from '../store/cold-store.ts';
import type { EventLog, WorkItem } from '../store/event-log.ts';
import type { KeyValue } from '../store/key-value.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { readObject } from '../store/object-store.ts';

export interface ArchiveIo {
  readonly tenant: Tenant;
  readonly hot: ObjectStore;
  readonly cold: ColdStore;
  readonly nodes: NodeReader;
  readonly index: KeyValue;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ArchiveOptions {
  /** objects on their way at once */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** told of each outcome, so that the server can say why it lags */
  readonly onOutcome?: (outcome: ArchiveOutcome) => void;
}

export type ArchiveOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'waiting'; readonly error: unknown; readonly retryInMs: number };

export const ARCHIVER = 'archiver';
const ACK_WAIT_MS = 30_000;
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 60_000;

/** Runs until the signal aborts; returns when the items under way have ended. */
export async function runArchiver(io: ArchiveIo, options: ArchiveOptions): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const work = io.events.work({
    durable: ARCHIVER,
    types: ['ObjectCreated', 'ProjectCurrentChanged'],
    maxInFlight: options.concurrency,
    ackWaitMs: ACK_WAIT_MS,
    signal: options.signal,
  });
  for await (const item of work) {
    const handled = handle(io, item, options).finally(() => underWay.delete(handled));
    underWay.add(handled);
    if (underWay.size >= options.concurrency) await Promise.race(underWay);
  }
  await Promise.all(underWay);
}

async function handle(io: ArchiveIo, item: WorkItem, { onOutcome, signal }: ArchiveOptions): Promise<void> {
  const alive = setInterval(() => item.working(), ACK_WAIT_MS / 3);
  try {
    if (item.event.type === 'ObjectCreated') await archiveCreated(io, item.event, signal);
    if (item.event.type === 'ProjectCurrentChanged') await archiveCommit(io, item.event, signal);
    await item.done();
    onOutcome?.({ kind: 'done' });
  } catch (error) {
    if (signal.aborted) return;
    const retryInMs = backoffMs(item.attempt);
    io.log.warn({ error, seq: item.seq, attempt: item.attempt, retryInMs }, `archive waits: ${messageOf(error)}`);
    onOutcome?.({ kind: 'waiting', error, retryInMs });
    // When even this fails, the stream gives the item out again after its ack wait.
    await item.retry(retryInMs).catch(() => undefined);
  } finally {
    clearInterval(alive);
  }
}

async function archiveCreated(io: ArchiveIo, event: EventOf<'ObjectCreated'>, signal: AbortSignal): Promise<void> {
  const { sha, size, mime } = event.payload;
  const recorded = await readRecord(io.index, sha);
  if (recorded?.cold) return announceArchived(io, event.project, sha, recorded);
  const proof = await copyToCold(io, sha, size, signal);
  const record = { ...(recorded ?? { size, mime, created: event.ts }), cold: coldOf(proof) };
  await io.index.put(objectKey(sha), Buffer.from(JSON.stringify(record)));
  await announceArchived(io, event.project, sha, record);
}

/** Cold can rebuild a project only with its manifest nodes and commits: they follow their objects. */
async function archiveCommit(
  io: ArchiveIo,
  event: EventOf<'ProjectCurrentChanged'>,
  signal: AbortSignal,
): Promise<void> {
  const { commit_sha, manifest_sha, parents } = event.payload;
  const parent = parents[0] ? (await readCommit(io.hot, parents[0])).manifest_sha : undefined;
  for await (const sha of newNodes(io.nodes, parent, manifest_sha)) await copyMetadata(io, sha, signal);
  await copyMetadata(io, commit_sha, signal);
}

async function copyMetadata(io: ArchiveIo, sha: Sha, signal: AbortSignal): Promise<void> {
  const bytes = await readObject(io.hot, sha);
  await io.cold.put(sha, bytes.length, bytes, { signal });
}

/** One object hot → cold, streamed; the cold store verifies the hash on the way in and proves the copy. */
export async function copyToCold(
  io: Pick<ArchiveIo, 'hot' | 'cold'>,
  sha: Sha,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<ColdProof> {
  const there = await io.cold.check(sha, { sizeBytes });
  if (there.kind === 'proven' && there.proof.checksumMatched) return there.proof;
  return io.cold.put(sha, sizeBytes, () => streamOf(io.hot, sha, signal), { signal });
}

async function* streamOf(hot: ObjectStore, sha: Sha, signal: AbortSignal): AsyncIterable<Uint8Array> {
  yield* (await hot.get(sha, { signal })).bytes;
}

export async function readRecord(index: Pick<KeyValue, 'get'>, sha: Sha): Promise<ObjectRecord | undefined> {
  const entry = await index.get(objectKey(sha));
  return entry ? objectRecordSchema.parse(JSON.parse(Buffer.from(entry.value).toString('utf8'))) : undefined;
}

function coldOf(proof: ColdProof): NonNullable<ObjectRecord['cold']> {
  return {
    bucket: proof.bucket,
    key: proof.key,
    etag: proof.etag,
    verified_at: isoTime(proof.verifiedAt),
    ...(proof.storageClass === undefined ? {} : { class: proof.storageClass }),
  };
}

async function announceArchived(
  io: ArchiveIo,
  project: ProjectName | undefined,
  sha: Sha,
  record: ObjectRecord,
): Promise<void> {
  if (!record.cold) return;
  const { bucket, key, class: storageClass, verified_at } = record.cold;
  await io.events.publish([
    {
      // One id a proof: said again after a crash, it is the same event.
      id: `archived-${sha}-${Date.parse(verified_at)}`,
      ts: verified_at,
      tenant: io.tenant,
      ...(project === undefined ? {} : { project }),
      actor: { kind: 'system', id: ARCHIVER },
      trace: { traceparent: `00-${sha.slice(0, 32)}-${sha.slice(32, 48)}-01`, correlation_id: sha },
      type: 'ObjectArchived',
      payload: {
        sha,
        size: record.size,
        cold: { bucket, key, ...(storageClass === undefined ? {} : { class: storageClass }) },
      },
    },
  ]);
}

function backoffMs(attempt: number): number {
  const ceiling = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (attempt - 1));
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}
