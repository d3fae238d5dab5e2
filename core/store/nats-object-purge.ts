// Takes an object, or the chunks of a put that did not finish, out of its stream, so that the disk gets its bytes back.
import type { StreamInfo } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import type { Clock } from '../model/clock.ts';
import type { NatsLink } from './nats-connect.ts';
import { leaderLast } from './nats-direct-get.ts';
import { isMoved, toStoreError } from './nats-errors.ts';
import { jsRequest, publish } from './nats-js-api.ts';
import { decodeMeta, encodeDeletedMeta } from './nats-object-meta.ts';
import { chunkSubject, type ObjectPlace } from './nats-object-names.ts';

/** First the mark that makes it invisible, also to stock clients, then its bytes, then the mark itself: a crash in
 *  between leaves nothing that looks like an object. The mark is a compare-and-swap: a put that touches the object at
 *  the same moment is seen (I5).
 *  @returns false when it was touched after `untouchedSince`, and so was kept */
export async function deleteObject(
  link: NatsLink,
  clock: Clock,
  place: ObjectPlace,
  untouchedSince: number | undefined,
): Promise<boolean> {
  try {
    const there = await leaderLast(link, place.stream, place.metaSubject);
    if (!there) return true;
    const decoded = decodeMeta(there.data);
    const present = decoded.kind !== 'deleted';
    if (present && untouchedSince !== undefined && there.storedAt > untouchedSince) return false;
    let markSeq = there.seq;
    if (present) {
      const nuid = decoded.kind === 'object' ? decoded.meta.nuid : '';
      const mark = headers();
      mark.set('Nats-Expected-Last-Subject-Sequence', String(there.seq));
      mark.set('Nats-Rollup', 'sub');
      markSeq = (await publish(link, place.metaSubject, encodeDeletedMeta(place, nuid, clock.now()), { headers: mark }))
        .seq;
      if (nuid !== '') await purgeSubject(link, place.stream, chunkSubject(place.bucket, nuid));
    }
    // Up to the mark only: an object that was put again meanwhile stays.
    await purgeSubject(link, place.stream, place.metaSubject, markSeq + 1);
    return true;
  } catch (error) {
    if (isMoved(error)) return deleteObject(link, clock, place, untouchedSince);
    throw toStoreError(error, `deleting object ${place.sha.slice(0, 12)}`);
  }
}

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
