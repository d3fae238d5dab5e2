// An object is visible when its metadata says so. Every change of it is a compare-and-swap on the last message under the
// object's name, so that of a put, a touch and a delete at the same moment each sees what the others did (I5).
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { Clock } from '../model/clock.ts';
import type { Asker, NatsLink } from './nats-connect.ts';
import { directLast, leaderLast, type StoredMessage } from './nats-direct-get.ts';
import { isMoved, toStoreError } from './nats-errors.ts';
import { publish } from './nats-js-api.ts';
import { decodeMeta, encodeDeletedMeta, encodeMeta, type WrittenChunks } from './nats-object-meta.ts';
import type { ObjectPlace } from './nats-object-names.ts';

export interface ShowIo {
  readonly link: NatsLink;
  readonly asker: Asker;
  readonly clock: Clock;
  /** An object that was touched within this time is protected already. */
  readonly touchAfterMs: number;
}

const EXPECTED_SEQ = 'Nats-Expected-Last-Subject-Sequence';
const ROLLUP = 'Nats-Rollup';

export type Known =
  /** there, and touched or lately enough */
  | { readonly kind: 'protected' }
  /** not there, deleted, or not what its name says; `metaSeq` is the last seq under its name, 0 for none */
  | { readonly kind: 'absent'; readonly metaSeq: number };

/** The look-up that a put begins with, unless its chunk goes first. */
export async function lookUp(io: ShowIo, place: ObjectPlace, sizeBytes: number): Promise<Known> {
  return protect(io, place, sizeBytes, await directLast(io.asker, place.stream, place.metaSubject));
}

/** I5: what is there is touched, unless it was lately. Where the stream is full and takes no touch, the put fails as one of
 *  a new object does: "present" would be a promise that nothing keeps, because a sweep may be about to take the object
 *  before the commit that needs it. Only this put waits; reads and deletions go on, and any deletion makes the room.
 *  @throws StoreFullError */
async function protect(
  io: ShowIo,
  place: ObjectPlace,
  sizeBytes: number,
  there: StoredMessage | undefined,
): Promise<Known> {
  if (!there) return { kind: 'absent', metaSeq: 0 };
  const decoded = decodeMeta(there.data);
  const intact = decoded.kind === 'object' && decoded.meta.sha === place.sha && decoded.meta.sizeBytes === sizeBytes;
  if (!intact) return { kind: 'absent', metaSeq: there.seq };
  const ageMs = io.clock.now() - there.storedAt;
  // A negative age is a clock that differs from the server's: then nothing is known, and a touch is safe.
  if (ageMs >= 0 && ageMs < io.touchAfterMs) return { kind: 'protected' };
  try {
    await publish(io.asker, place.metaSubject, there.data, { headers: replacing(there.seq) });
    return { kind: 'protected' };
  } catch (error) {
    if (!isMoved(error)) throw toStoreError(error, `touching object ${place.sha.slice(0, 12)}`);
    return protect(io, place, sizeBytes, await leaderLast(io.link, place.stream, place.metaSubject));
  }
}

export type Shown =
  | { readonly kind: 'shown' }
  /** somebody else has put the same object meanwhile */
  | { readonly kind: 'present' }
  /** it came and went meanwhile, or what is under its name is not it */
  | { readonly kind: 'moved'; readonly metaSeq: number };

/** Publishes the metadata, if the last message under the name is still the one at `metaSeq`.
 *  @throws StoreUnavailableError  whether it is visible is unknown */
export async function show(io: ShowIo, place: ObjectPlace, written: WrittenChunks, metaSeq: number): Promise<Shown> {
  try {
    const meta = encodeMeta(place, written, io.clock.now(), io.link.maxPayloadBytes);
    await publish(io.asker, place.metaSubject, meta, { headers: replacing(metaSeq) });
    return { kind: 'shown' };
  } catch (error) {
    if (!isMoved(error)) throw toStoreError(error, `putting object ${place.sha.slice(0, 12)}`);
  }
  const there = await leaderLast(io.link, place.stream, place.metaSubject);
  const decoded = there && decodeMeta(there.data);
  if (decoded?.kind === 'object' && isWrittenBy(decoded.meta, written)) return { kind: 'shown' };
  const known = await protect(io, place, written.sizeBytes, there);
  return known.kind === 'protected' ? { kind: 'present' } : { kind: 'moved', metaSeq: known.metaSeq };
}

/** An acknowledgement that was lost: what is there is what this put wrote. */
function isWrittenBy(meta: { nuid: string; seqs: readonly number[] | undefined }, written: WrittenChunks): boolean {
  return meta.nuid === written.nuid && (meta.seqs === undefined || meta.seqs[0] === written.seqs[0]);
}

export type Marked = { readonly kind: 'marked'; readonly seq: number } | { readonly kind: 'moved' };

/** Marks the object as deleted, if its metadata is still the one at `metaSeq`; stock clients understand the mark. */
export async function markDeleted(
  { link, clock }: { readonly link: NatsLink; readonly clock: Clock },
  place: ObjectPlace,
  nuid: string,
  metaSeq: number,
): Promise<Marked> {
  try {
    const mark = encodeDeletedMeta(place, nuid, clock.now());
    const { seq } = await publish(link, place.metaSubject, mark, { headers: replacing(metaSeq) });
    return { kind: 'marked', seq };
  } catch (error) {
    if (isMoved(error)) return { kind: 'moved' };
    throw error;
  }
}

/** Only the newest metadata is kept; a first one has nothing to replace. */
function replacing(metaSeq: number): MsgHdrs {
  if (metaSeq === 0) return ONLY_FIRST;
  const meta = headers();
  meta.set(EXPECTED_SEQ, String(metaSeq));
  meta.set(ROLLUP, 'sub');
  return meta;
}

/** For a message that must be the first one under its subject. The same for all, so that it is put into words once. */
export const ONLY_FIRST: MsgHdrs = headers();
ONLY_FIRST.set(EXPECTED_SEQ, '0');

/** For a message that takes the place of all others under its subject. */
export function onlyThis(): MsgHdrs {
  const meta = headers();
  meta.set(ROLLUP, 'sub');
  return meta;
}
