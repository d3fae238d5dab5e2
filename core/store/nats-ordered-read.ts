// Reads a stream in order, without a gap or a repeat, for as long as wanted: a short-lived consumer, thrown away and made
// anew after the last seq that was delivered whenever it, its server or the connection is in doubt. It also notices
// that a stream is not the one it was (I12): made anew, or restored from a backup and grown again since. Where a seq
// proves nothing, the time at which the server stored the message does.
import type { ConsumerInfo } from '@nats-io/jetstream';
import { nuid } from '@nats-io/transport-node';
import { systemClock } from '../model/clock.ts';
import type { NatsLink } from './nats-connect.ts';
import { leaderGet } from './nats-direct-get.ts';
import { toStoreError } from './nats-errors.ts';
import { jsRequest, nanos, streamInfo } from './nats-js-api.ts';
import { ConsumerLostError, type PulledMessage, Puller } from './nats-pull.ts';
import { StoreUnavailableError } from './store-errors.ts';

export type OrderedDelivery =
  | { readonly kind: 'message'; readonly message: PulledMessage }
  /** all that was there at the start has been delivered; once */
  | { readonly kind: 'caught-up' }
  /** the oldest message kept is newer than the next one wanted */
  | { readonly kind: 'gap'; readonly firstSeq: number }
  /** only 'after': the stream lost messages that were delivered, or is another one; it is read on from its end */
  | { readonly kind: 'rewound'; readonly lastSeq: number }
  /** only 'last-per-subject': all that is there follows, also what was delivered before */
  | { readonly kind: 'restarted' }
  /** after 'restarted': all that was there has been delivered */
  | { readonly kind: 'replayed'; readonly lastSeq: number };

export interface OrderedReadOptions {
  readonly stream: string;
  /** none: all */
  readonly filterSubjects: readonly string[];
  readonly start:
    | {
        readonly kind: 'last-per-subject';
        /** Restarts at every reconnect. Older values are not kept, so no single message proves that the others are the
         *  ones that were delivered. Absent: only when the stream is known to be another one. */
        readonly always?: boolean;
      }
    | { readonly kind: 'after'; readonly seq: number };
  readonly headersOnly?: boolean;
  readonly signal: AbortSignal;
}

const BATCH = 512;
const FORGET_CONSUMER_MS = 60_000;
const MAX_PAUSE_MS = 2_000;

/** Ends without an error at the signal.
 *  @throws StoreUnavailableError  only before the first delivery, when there is no such stream; StoreDeniedError */
export async function* readOrdered(
  link: NatsLink,
  options: OrderedReadOptions,
): AsyncGenerator<OrderedDelivery, void, undefined> {
  const { stream, signal } = options;
  const place = new Place(link, stream, options.start.kind === 'after' ? options.start.seq : undefined);
  let created: string | undefined;
  let restarting = false;
  let caughtUp = false;
  let failures = 0;

  while (!signal.aborted) {
    try {
      await link.untilConnected(signal);
      const info = await streamInfo(link, stream);
      if (!info) throw new StoreUnavailableError('hot', `there is no stream ${stream}`);
      const { first_seq: firstSeq, last_seq: lastSeq } = info.state;
      const isAnother = created !== undefined && created !== info.created;
      if (options.start.kind === 'after') {
        if (isAnother || (await place.isLost(info.state, { kept: true }))) {
          await place.moveTo(lastSeq);
          yield { kind: 'rewound', lastSeq };
        } else if (place.seq !== undefined && place.seq > 0 && place.seq + 1 < firstSeq) {
          await place.moveTo(firstSeq - 1);
          yield { kind: 'gap', firstSeq };
        }
      } else if (
        created !== undefined &&
        (options.start.always || isAnother || (await place.isLost(info.state, { kept: false })))
      ) {
        place.forget();
        restarting = true;
        yield { kind: 'restarted' };
      }
      created = info.created;
      const consumer = await createConsumer(link, options, place.seq);
      failures = 0;
      for await (const step of follow(link, options, consumer, lastSeq)) {
        if (step.kind === 'message') {
          place.reach(step.message);
          yield step;
          continue;
        }
        if (restarting) yield { kind: 'replayed', lastSeq };
        if (!caughtUp) yield { kind: 'caught-up' };
        restarting = false;
        caughtUp = true;
      }
    } catch (error) {
      if (signal.aborted) return;
      const first = created === undefined;
      if (first || !(error instanceof ConsumerLostError || error instanceof StoreUnavailableError)) {
        throw toStoreError(error, `reading stream ${stream}`);
      }
      failures += 1;
      // The first time at once: a connection that is back is the usual case.
      if (failures > 1) await pause(failures, signal);
    }
  }
}

/** How far the reader has come, and when the message there was stored: after a restore another one has its seq. */
class Place {
  readonly #link: NatsLink;
  readonly #stream: string;
  /** seq of the last message delivered; undefined: start as the caller said */
  seq: number | undefined;
  /** milliseconds since 1970; undefined: not known, or there is no message under `seq` */
  #storedAt: number | undefined;

  constructor(link: NatsLink, stream: string, seq: number | undefined) {
    this.#link = link;
    this.#stream = stream;
    this.seq = seq;
  }

  reach({ seq, storedAt }: PulledMessage): void {
    this.seq = seq;
    this.#storedAt = storedAt;
  }

  async moveTo(seq: number): Promise<void> {
    // Asked first: when that fails, the reader is where it was, and all is looked at again.
    const storedAt = seq > 0 ? await this.#look(seq) : undefined;
    this.seq = seq;
    this.#storedAt = storedAt;
  }

  forget(): void {
    this.seq = undefined;
    this.#storedAt = undefined;
  }

  /** Whether the stream does not have what was delivered last. Looks at it also where nothing was delivered yet, so that
   *  the next call can tell.
   *  @param kept  a message goes only by its age: one that is missing among younger ones was never in this stream */
  async isLost(
    { first_seq: firstSeq, last_seq: lastSeq }: { readonly first_seq: number; readonly last_seq: number },
    { kept }: { readonly kept: boolean },
  ): Promise<boolean> {
    if (this.seq === undefined || this.seq === 0) return false;
    if (this.seq > lastSeq) return true;
    if (this.seq < firstSeq) return false;
    const before = this.#storedAt;
    const now = await this.#look(this.seq);
    if (before === undefined) {
      this.#storedAt = now;
      return false;
    }
    return now === undefined ? kept : now !== before;
  }

  async #look(seq: number): Promise<number | undefined> {
    return (await leaderGet(this.#link, this.#stream, { seq }))?.storedAt;
  }
}

type Step = { readonly kind: 'message'; readonly message: PulledMessage } | { readonly kind: 'all-delivered' };

/** One consumer's life. Says whenever all that there was has been delivered. */
async function* follow(
  link: NatsLink,
  { stream, start, signal }: OrderedReadOptions,
  consumer: ConsumerInfo,
  lastSeq: number,
): AsyncGenerator<Step, void, undefined> {
  let end = lastSeq;
  // A subject's message that was there may have been replaced before its turn, and then stands behind that end.
  let isEndOpen = start.kind === 'last-per-subject';
  const puller = new Puller(link, stream, consumer.name, signal);
  puller.ask(BATCH);
  let delivered = 0;
  let taken = 0;
  try {
    if (consumer.num_pending === 0) yield { kind: 'all-delivered' };
    for await (const pulled of puller) {
      if (pulled.kind === 'idle') {
        yield { kind: 'all-delivered' };
        continue;
      }
      const { message } = pulled;
      if (message.consumerSeq !== delivered + 1) throw new ConsumerLostError('a message was lost on the way');
      delivered += 1;
      if (message.seq > end && isEndOpen) {
        end = (await streamInfo(link, stream))?.state.last_seq ?? end;
        isEndOpen = false;
      }
      if (message.seq > end) yield { kind: 'all-delivered' };
      yield { kind: 'message', message };
      if (message.pending === 0) yield { kind: 'all-delivered' };
      taken += 1;
      if (taken >= BATCH / 2) {
        puller.ask(taken);
        taken = 0;
      }
    }
  } finally {
    puller.close();
    // The server would forget it by itself; a reader that comes and goes should not leave a crowd until then.
    if (link.isConnected) {
      void jsRequest(link, `CONSUMER.DELETE.${stream}.${consumer.name}`).catch(() => {});
    }
  }
}

async function createConsumer(
  link: NatsLink,
  { stream, filterSubjects, headersOnly }: OrderedReadOptions,
  cursor: number | undefined,
): Promise<ConsumerInfo> {
  const name = nuid.next();
  const [only] = filterSubjects;
  return jsRequest<ConsumerInfo>(link, `CONSUMER.CREATE.${stream}.${name}`, {
    stream_name: stream,
    config: {
      name,
      ack_policy: 'none',
      max_deliver: 1,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanos(FORGET_CONSUMER_MS),
      ...(filterSubjects.length === 1 ? { filter_subject: only } : {}),
      ...(filterSubjects.length > 1 ? { filter_subjects: filterSubjects } : {}),
      ...(headersOnly ? { headers_only: true } : {}),
      ...(cursor === undefined
        ? { deliver_policy: 'last_per_subject' }
        : { deliver_policy: 'by_start_sequence', opt_start_seq: cursor + 1 }),
    },
  });
}

async function pause(failures: number, signal: AbortSignal): Promise<void> {
  await systemClock.sleep(Math.min(MAX_PAUSE_MS, 20 * 2 ** failures), signal).catch(() => {});
}
