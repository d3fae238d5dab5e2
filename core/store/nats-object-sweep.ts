// Finds what nobody can see but fills the disk: chunks that puts left behind when they crashed, which no metadata names,
// and the marks of deletions. Young ones may still matter to a put that runs, and stay.
import type { StreamInfo } from '@nats-io/jetstream';
import type { Clock } from '../model/clock.ts';
import type { NatsLink } from './nats-connect.ts';
import { leaderLast } from './nats-direct-get.ts';
import { toStoreError } from './nats-errors.ts';
import { jsRequest } from './nats-js-api.ts';
import { decodeMeta } from './nats-object-meta.ts';
import { allChunks, allMetas, nuidOf, type Shard } from './nats-object-names.ts';
import { LONG_PUT_MS, purgeSubject } from './nats-object-purge.ts';
import { readOrdered } from './nats-ordered-read.ts';

export interface SweepResult {
  /** puts whose chunks were removed */
  readonly puts: number;
  /** marks of deletions that were removed */
  readonly marks: number;
  /** puts and marks that are too young to tell */
  readonly tooYoung: number;
}

export interface SweepOptions {
  readonly link: NatsLink;
  readonly clock: Clock;
  /** at least LONG_PUT_MS, whatever is asked for */
  readonly olderThanMs: number;
  readonly signal: AbortSignal;
}

/** @throws StoreUnavailableError  what was swept until then stays swept; run it again */
export async function sweepBucket(options: SweepOptions, { bucket, stream }: Shard): Promise<SweepResult> {
  const { link, signal } = options;
  const before = options.clock.now() - Math.max(options.olderThanMs, LONG_PUT_MS);
  let [puts, marks, tooYoung] = [0, 0, 0];
  try {
    // In this order: a put that becomes visible in between is in the second list.
    const written = await chunkSubjects(link, stream, allChunks(bucket));
    const named = await readNames(link, stream, allMetas(bucket), signal);
    for (const subject of written) {
      const nuid = nuidOf(subject);
      if (named.nuids.has(nuid) || named.unreadable.some((text) => text.includes(nuid))) continue;
      signal.throwIfAborted();
      const newest = await leaderLast(link, stream, subject);
      if (!newest) continue;
      if (newest.storedAt > before) {
        tooYoung += 1;
        continue;
      }
      await purgeSubject(link, stream, subject, newest.seq + 1);
      puts += 1;
    }
    for (const { subject, seq, storedAt } of named.marks) {
      signal.throwIfAborted();
      if (storedAt > before) {
        tooYoung += 1;
        continue;
      }
      await purgeSubject(link, stream, subject, seq + 1);
      marks += 1;
    }
    return { puts, marks, tooYoung };
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

interface Names {
  /** under which objects have their chunks */
  readonly nuids: Set<string>;
  readonly marks: { readonly subject: string; readonly seq: number; readonly storedAt: number }[];
  /** Metadata that cannot be read may name chunks: what occurs in it is kept. */
  readonly unreadable: string[];
}

async function readNames(link: NatsLink, stream: string, filter: string, signal: AbortSignal): Promise<Names> {
  const names: Names = { nuids: new Set(), marks: [], unreadable: [] };
  const options = { stream, filterSubjects: [filter], start: { kind: 'last-per-subject' }, signal } as const;
  for await (const delivery of readOrdered(link, options)) {
    if (delivery.kind === 'caught-up') return names;
    if (delivery.kind !== 'message') continue;
    const { subject, seq, storedAt, data } = delivery.message;
    const decoded = decodeMeta(data);
    if (decoded.kind === 'object') names.nuids.add(decoded.meta.nuid);
    else if (decoded.kind === 'deleted') names.marks.push({ subject, seq, storedAt });
    else names.unreadable.push(Buffer.from(data).toString('utf8'));
  }
  signal.throwIfAborted();
  return names;
}
