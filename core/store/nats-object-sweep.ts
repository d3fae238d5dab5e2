// Finds the chunks that puts left behind when they crashed: no metadata names them, so nobody can ever see them, but
// they fill the disk. Young ones may belong to a put that still runs, and stay.
import type { StreamInfo } from '@nats-io/jetstream';
import type { Clock } from '../model/clock.ts';
import type { NatsLink } from './nats-connect.ts';
import { directLast } from './nats-direct-get.ts';
import { toStoreError } from './nats-errors.ts';
import { jsRequest } from './nats-js-api.ts';
import { decodeMeta } from './nats-object-meta.ts';
import { allChunks, allMetas, nuidOf, type Shard } from './nats-object-names.ts';
import { purgeSubject } from './nats-object-purge.ts';
import { readOrdered } from './nats-ordered-read.ts';

export interface SweepResult {
  /** puts whose chunks were removed */
  readonly puts: number;
  /** puts whose chunks are too young to tell */
  readonly tooYoung: number;
}

/** @throws StoreUnavailableError  what was swept until then stays swept; run it again */
export async function sweepChunks(
  link: NatsLink,
  clock: Clock,
  { bucket, stream }: Shard,
  olderThanMs: number,
  signal: AbortSignal,
): Promise<SweepResult> {
  try {
    // In this order: a put that becomes visible in between is in the second list.
    const written = await chunkSubjects(link, stream, allChunks(bucket));
    if (written.length === 0) return { puts: 0, tooYoung: 0 };
    const live = await liveNuids(link, stream, allMetas(bucket), signal);
    let puts = 0;
    let tooYoung = 0;
    for (const subject of written) {
      if (live.has(nuidOf(subject))) continue;
      signal.throwIfAborted();
      const newest = await directLast(link, stream, subject);
      if (!newest) continue;
      if (clock.now() - newest.storedAt < olderThanMs) {
        tooYoung += 1;
        continue;
      }
      await purgeSubject(link, stream, subject);
      puts += 1;
    }
    return { puts, tooYoung };
  } catch (error) {
    throw toStoreError(error, `sweeping bucket ${bucket}`);
  }
}

/** The server gives them in pages. */
async function chunkSubjects(link: NatsLink, stream: string, filter: string): Promise<string[]> {
  const found: string[] = [];
  while (true) {
    const info = await jsRequest<StreamInfo>(link, `STREAM.INFO.${stream}`, {
      subjects_filter: filter,
      offset: found.length,
    });
    const page = Object.keys(info.state.subjects ?? {});
    found.push(...page);
    if (page.length === 0 || found.length >= (info.total ?? 0)) return found;
  }
}

async function liveNuids(link: NatsLink, stream: string, filter: string, signal: AbortSignal): Promise<Set<string>> {
  const live = new Set<string>();
  for await (const delivery of readOrdered(link, {
    stream,
    filterSubjects: [filter],
    start: { kind: 'last-per-subject' },
    signal,
  })) {
    if (delivery.kind === 'caught-up') return live;
    if (delivery.kind !== 'message') continue;
    const decoded = decodeMeta(delivery.message.data);
    if (decoded.kind === 'object') live.add(decoded.meta.nuid);
    // What cannot be read may name any chunks: then none is safe to remove.
    if (decoded.kind === 'unreadable') throw new Error(`${delivery.message.subject}: ${decoded.detail}`);
  }
  signal.throwIfAborted();
  return live;
}
