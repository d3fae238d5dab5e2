// Reads a stream in order, without a gap or a repeat, for as long as wanted: a short-lived consumer, thrown away and made
// anew after the last seq that was delivered whenever it, its server or the connection is in doubt. It also notices
// that a stream is not the one it was (I12): restored from a backup, or made anew.
import type { ConsumerInfo } from '@nats-io/jetstream';
import { nuid } from '@nats-io/transport-node';
import { systemClock } from '../model/clock.ts';
import type { NatsLink } from './nats-connect.ts';
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
  /** the stream lost messages that were delivered, or is another one: it is read again from where the caller said
   *  at the start ('last-per-subject'), or from its end ('after') */
  | { readonly kind: 'rewound'; readonly lastSeq: number }
  /** after 'rewound': all that is there now has been delivered again */
  | { readonly kind: 'replayed'; readonly lastSeq: number };

export interface OrderedReadOptions {
  readonly stream: string;
  /** none: all */
  readonly filterSubjects: readonly string[];
  readonly start: { readonly kind: 'last-per-subject' } | { readonly kind: 'after'; readonly seq: number };
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
  /** seq of the last message delivered; undefined: start as the caller said */
  let cursor = options.start.kind === 'after' ? options.start.seq : undefined;
  let created: string | undefined;
  let rewinding = false;
  let caughtUp = false;
  let failures = 0;

  while (!signal.aborted) {
    try {
      await link.untilConnected(signal);
      const info = await streamInfo(link, stream);
      if (!info) throw new StoreUnavailableError('hot', `there is no stream ${stream}`);
      const { first_seq: firstSeq, last_seq: lastSeq } = info.state;
      if ((cursor ?? 0) > lastSeq || (created !== undefined && created !== info.created)) {
        cursor = options.start.kind === 'after' ? lastSeq : undefined;
        rewinding = true;
        yield { kind: 'rewound', lastSeq };
      } else if (cursor !== undefined && cursor > 0 && cursor + 1 < firstSeq) {
        cursor = firstSeq - 1;
        yield { kind: 'gap', firstSeq };
      }
      created = info.created;
      const consumer = await createConsumer(link, options, cursor);
      failures = 0;
      for await (const step of follow(link, options, consumer, lastSeq)) {
        if (step.kind === 'message') {
          cursor = step.message.seq;
          yield step;
          continue;
        }
        if (rewinding) yield { kind: 'replayed', lastSeq };
        if (!caughtUp) yield { kind: 'caught-up' };
        rewinding = false;
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

type Step = { readonly kind: 'message'; readonly message: PulledMessage } | { readonly kind: 'all-delivered' };

/** One consumer's life. Says whenever all that there was has been delivered. */
async function* follow(
  link: NatsLink,
  { stream, signal }: OrderedReadOptions,
  consumer: ConsumerInfo,
  lastSeq: number,
): AsyncGenerator<Step, void, undefined> {
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
      if (message.seq > lastSeq) yield { kind: 'all-delivered' };
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
