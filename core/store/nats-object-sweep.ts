// Finds what nobody can see but fills the disk: chunks that puts left behind when they crashed, which no metadata names,
// and the marks of deletions. Young ones may still matter to a put that runs, and stay.
import type { StreamInfo } from '@nats-io/jetstream';
import { assert } from '../model/assert.ts';
import type { NatsLink } from './nats-connect.ts';
import { leaderLast } from './nats-direct-get.ts';
import { toStoreError } from './nats-errors.ts';
import { jsRequest } from './nats-js-api.ts';
import { decodeMeta } from './nats-object-meta.ts';
import { allChunks, allMetas, nuidOf, type Shard } from './nats-object-names.ts';
import { LONG_PUT_MS, purgeSubject } from './nats-object-purge.ts';
import { readOrdered } from './nats-ordered-read.ts';
import { StoreUnavailableError } from './store-errors.ts';

export interface SweepResult {
  /** puts whose chunks were removed */
  readonly puts: number;
  /** marks of deletions that were removed */
  readonly marks: number;
  /** puts and marks that are too young to tell */
  readonly tooYoung: number;
}

/** Of a put that takes longer than LONG_PUT_MS, as its own clock tells, the chunks may be gone; as much again is for what
 *  it has on its way, and for clocks that do not run alike. */
export const SWEEP_AFTER_MS = 2 * LONG_PUT_MS;

export interface SweepOptions {
  readonly link: NatsLink;
  /** at least SWEEP_AFTER_MS */
  readonly olderThanMs: number;
  readonly signal: AbortSignal;
}

/** Ages are told by the server's clock, which also stamped the messages: this machine's may be hours ahead.
 *  @throws StoreUnavailableError  what was swept until then stays swept; run it again */
export async function sweepBucket(options: SweepOptions, { bucket, stream }: Shard): Promise<SweepResult> {
  const { link, olderThanMs, signal } = options;
  assert(
    olderThanMs >= SWEEP_AFTER_MS,
    `orphans are swept after ${SWEEP_AFTER_MS} ms or more, not after ${olderThanMs}: a put that runs may need younger ones`,
  );
  let [puts, marks, tooYoung] = [0, 0, 0];
  try {
    // In this order: a put that becomes visible in between is in the second list.
    const { subjects: written, now } = await chunkSubjects(link, stream, allChunks(bucket));
    const before = now - olderThanMs;
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

/** The server gives them in pages.
 *  @returns also the server's time; milliseconds since 1970 */
async function chunkSubjects(
  link: NatsLink,
  stream: string,
  filter: string,
): Promise<{ readonly subjects: readonly string[]; readonly now: number }> {
  const found: string[] = [];
  while (true) {
    const info = await jsRequest<StreamInfo>(link, `STREAM.INFO.${stream}`, {
      subjects_filter: filter,
      offset: found.length,
    });
    const page = Object.keys(info.state.subjects ?? {});
    found.push(...page);
    if (page.length > 0 && found.length < (info.total ?? 0)) continue;
    // Since 2.10, the oldest that is supported.
    if (!info.ts) throw new StoreUnavailableError('hot', 'NATS does not say what time it is: update the server');
    return { subjects: found, now: Date.parse(info.ts) };
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
