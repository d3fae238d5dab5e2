// Takes an object out of its stream, so that the disk gets its bytes back. A put of the same object may write the same
// chunk at the same moment (see `nats-object-put.ts`), and must never lose it:
// - a deletion removes only chunks that are older than its own mark. A put that knows the mark wrote its chunk after it; a
//   put that does not know it fails to show its metadata, and writes the chunk again.
//   A full stream takes no mark. There the metadata is purged first, as it was read, and gives the mark its room.
// - the sweep removes only what it saw, and only when it is older than any put may take (twice LONG_PUT_MS). That
//   holds for marks too: while one is there, a put from before it cannot be shown.
import type { StreamInfo } from '@nats-io/jetstream';
import type { Clock } from '../model/clock.ts';
import type { NatsLink } from './nats-connect.ts';
import { leaderLast } from './nats-direct-get.ts';
import { toStoreError } from './nats-errors.ts';
import { jsRequest } from './nats-js-api.ts';
import { decodeMeta } from './nats-object-meta.ts';
import { chunkSubject, type ObjectPlace } from './nats-object-names.ts';
import { type Marked, markDeleted } from './nats-object-show.ts';
import { StoreFullError } from './store-errors.ts';

/** A put that takes longer makes sure that its chunks are still there. */
export const LONG_PUT_MS = 10 * 60_000;

/** First the mark that makes it invisible, then its bytes: a crash in between leaves nothing that looks like an object.
 *  @returns false when it was touched after `untouchedSince`, and so was kept */
export async function deleteObject(
  io: { readonly link: NatsLink; readonly clock: Clock },
  place: ObjectPlace,
  untouchedSince: number | undefined,
): Promise<boolean> {
  const { link } = io;
  try {
    while (true) {
      const there = await leaderLast(link, place.stream, place.metaSubject);
      const decoded = there && decodeMeta(there.data);
      if (!there || !decoded || decoded.kind === 'deleted') return true;
      if (untouchedSince !== undefined && there.storedAt > untouchedSince) return false;
      const nuid = decoded.kind === 'object' ? decoded.meta.nuid : place.sha;
      const marked = await markDeleted(io, place, nuid, there.seq).catch((error) =>
        isFull(error) ? makeRoomAndMark(io, place, nuid, there.seq) : Promise.reject(error),
      );
      if (marked.kind === 'moved') continue;
      if (marked.kind === 'marked') {
        await purgeSubject(link, place.stream, chunkSubject(place.bucket, nuid), marked.seq);
      } else if (nuid !== place.sha) {
        // These chunks are one attempt's own, and metadata that is gone is never shown again: no mark has to guard them.
        await purgeSubject(link, place.stream, chunkSubject(place.bucket, nuid));
      }
      return true;
    }
  } catch (error) {
    throw toStoreError(error, `deleting object ${place.sha.slice(0, 12)}`);
  }
}

/** Nothing that is stored can be changed in a full stream, but what was read can be purged, and a touch since then stays.
 *  @returns `unmarked`: others have taken even the room of the metadata. The object is gone; the chunk of a small one
 *           is left to the sweep, because a put may count on it. */
async function makeRoomAndMark(
  io: { readonly link: NatsLink; readonly clock: Clock },
  place: ObjectPlace,
  nuid: string,
  metaSeq: number,
): Promise<Marked | { readonly kind: 'unmarked' }> {
  await purgeSubject(io.link, place.stream, place.metaSubject, metaSeq + 1);
  try {
    // Expects nothing under the name: where a put or a touch was faster, it has moved, and is looked at again.
    return await markDeleted(io, place, nuid, 0);
  } catch (error) {
    if (!isFull(error)) throw error;
    return (await leaderLast(io.link, place.stream, place.metaSubject)) ? { kind: 'moved' } : { kind: 'unmarked' };
  }
}

const isFull = (error: unknown): boolean => toStoreError(error, 'marking a deletion') instanceof StoreFullError;

/** @param beforeSeq  messages from this seq on stay; absent: none does */
export async function purgeSubject(link: NatsLink, stream: string, subject: string, beforeSeq?: number): Promise<void> {
  await jsRequest(link, `STREAM.PURGE.${stream}`, {
    filter: subject,
    ...(beforeSeq !== undefined && { seq: beforeSeq }),
  });
}

export async function chunkCount(link: NatsLink, stream: string, subject: string): Promise<number> {
  const info = await jsRequest<StreamInfo>(link, `STREAM.INFO.${stream}`, { subjects_filter: subject });
  return info.state.subjects?.[subject] ?? 0;
}
