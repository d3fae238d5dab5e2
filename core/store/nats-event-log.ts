// The event stream's port on JetStream: published in order with the event's id as the message id, read by an ordered
// reader, worked off by a durable consumer that all servers share.
import type { ConsumerInfo } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { assert } from '../model/assert.ts';
import { systemClock } from '../model/clock.ts';
import { decodeEvent, type EventType, type FsEvent } from '../model/event.ts';
import type { ProjectName, Tenant } from '../model/ids.ts';
import { type Log, silentLog } from '../model/log.ts';
import {
  type Backlog,
  type EventDelivery,
  type EventFilter,
  type EventLog,
  type LoggedEvent,
  UnknownEventError,
  type WorkItem,
} from './event-log.ts';
import type { NatsLink } from './nats-connect.ts';
import { leaderGet } from './nats-direct-get.ts';
import { JetStreamCode, jetStreamCodeOf, toStoreError } from './nats-errors.ts';
import { jsRequest, nanos, publish, streamInfo } from './nats-js-api.ts';
import { eventStream, eventSubject, eventSubjects } from './nats-names.ts';
import { readOrdered } from './nats-ordered-read.ts';
import { ConsumerLostError, type PulledMessage, Puller } from './nats-pull.ts';
import { StoreUnavailableError } from './store-errors.ts';

/** Publishes on their way at once. The order is the connection's; the window bounds what is repeated after a failure. */
const PUBLISH_WINDOW = 256;
/** Items out over all servers, those that wait for their retry included. */
const MAX_ACK_PENDING = 65_536;
const MAX_PAUSE_MS = 2_000;
/** A server that was killed has forgotten its last deliveries, and says nothing to answers for them. */
const ANSWER_TIMEOUT_MS = 2_000;

export function natsEventLog(
  link: NatsLink,
  tenant: Tenant,
  { log = silentLog }: { readonly log?: Log } = {},
): EventLog {
  const stream = eventStream(tenant);

  const subjectsOf = ({ project, types }: EventFilter): string[] =>
    subjectsFor(project === undefined ? undefined : [project], types);

  function subjectsFor(
    projects: readonly ProjectName[] | undefined,
    types: readonly EventType[] | undefined,
  ): string[] {
    if (projects === undefined && types === undefined) return [eventSubjects(tenant)];
    if (projects === undefined) return (types ?? []).map((type) => `fs.events.${tenant}.*.${type}`);
    return projects.flatMap((project) => (types ?? ['*']).map((type) => eventSubject(tenant, project, type)));
  }

  /** @returns undefined for what a newer version published, or what is no event at all */
  function decode(seq: number, data: Uint8Array): LoggedEvent | undefined {
    try {
      return { seq, event: decodeEvent(data) };
    } catch (error) {
      log.warn({ seq, stream, error: String(error) }, 'a message of the event stream is no event that is known here');
      return undefined;
    }
  }

  return {
    async publish(events) {
      for (let at = 0; at < events.length; at += PUBLISH_WINDOW) {
        const results = await Promise.allSettled(events.slice(at, at + PUBLISH_WINDOW).map(publishOne));
        const failed = results.find((result) => result.status === 'rejected');
        if (failed) throw toStoreError(failed.reason, 'publishing events');
      }
    },

    async last(filter) {
      assert((filter.types?.length ?? 0) <= 1, 'last takes at most one type');
      try {
        const [subject = eventSubjects(tenant)] = subjectsOf(filter);
        // Asked of the leader: a replica that lags would give an older one, or none.
        const found = await leaderGet(link, stream, { last_by_subj: subject });
        if (!found) return undefined;
        const logged = decode(found.seq, found.data);
        if (!logged) throw new UnknownEventError(found.seq, found.subject);
        return logged;
      } catch (error) {
        throw toStoreError(error, 'reading the last event');
      }
    },

    async *read({ afterSeq, filter = {}, signal }): AsyncGenerator<EventDelivery> {
      const options = {
        stream,
        filterSubjects: subjectsOf(filter),
        start: { kind: 'after', seq: afterSeq },
        signal,
      } as const;
      for await (const delivery of readOrdered(link, options)) {
        switch (delivery.kind) {
          case 'message': {
            const logged = decode(delivery.message.seq, delivery.message.data);
            if (logged) yield { kind: 'event', ...logged };
            break;
          }
          case 'caught-up':
          case 'gap':
            yield delivery;
            break;
          case 'rewound':
            // What the reader knows after this seq is not in the stream any more, and its place is taken anew.
            yield { kind: 'gap', firstSeq: delivery.lastSeq + 1 };
            break;
          case 'restarted':
          case 'replayed':
            break;
        }
      }
    },

    async *work(options): AsyncGenerator<WorkItem> {
      const { durable, types, projects, afterSeq = 0, isOneByOne = false, maxInFlight, ackWaitMs, signal } = options;
      const start = afterSeq === 0 ? {} : { opt_start_seq: afterSeq + 1 };
      const config = {
        durable_name: durable,
        ack_policy: 'explicit',
        ack_wait: nanos(ackWaitMs),
        max_ack_pending: isOneByOne ? 1 : MAX_ACK_PENDING,
        max_deliver: -1,
        deliver_policy: afterSeq === 0 ? 'all' : 'by_start_sequence',
        ...start,
        filter_subjects: subjectsFor(projects, types),
      };
      let failures = 0;
      let started = false;
      while (!signal.aborted) {
        try {
          await link.untilConnected(signal);
          await jsRequest(link, `CONSUMER.CREATE.${stream}.${durable}`, { stream_name: stream, config });
          started = true;
          failures = 0;
          yield* handOut(durable, maxInFlight, signal);
        } catch (error) {
          if (signal.aborted) return;
          const passing = error instanceof ConsumerLostError || error instanceof StoreUnavailableError;
          if (!started || !passing) throw toStoreError(error, `working off ${durable}`);
          failures += 1;
          const pauseMs = failures > 1 ? Math.min(MAX_PAUSE_MS, 20 * 2 ** failures) : 0;
          await systemClock.sleep(pauseMs, signal).catch(() => {});
        }
      }
    },

    async backlog(durable) {
      try {
        const info = await jsRequest<ConsumerInfo>(link, `CONSUMER.INFO.${stream}.${durable}`);
        const { num_pending: pending, num_ack_pending: inFlight, ack_floor, config } = info;
        const oldest = pending + inFlight === 0 ? undefined : await oldestAfter(ack_floor.stream_seq, config);
        return { pending, inFlight, ...(oldest === undefined ? {} : { oldest }) };
      } catch (error) {
        if (jetStreamCodeOf(error) !== JetStreamCode.consumerNotFound)
          throw toStoreError(error, `looking at ${durable}`);
        // Nobody has ever worked: all of it is still to do.
        return { pending: (await streamInfo(link, stream))?.state.messages ?? 0, inFlight: 0 };
      }
    },

    async endWork(durable) {
      try {
        await jsRequest(link, `CONSUMER.DELETE.${stream}.${durable}`);
      } catch (error) {
        if (jetStreamCodeOf(error) !== JetStreamCode.consumerNotFound) throw toStoreError(error, `ending ${durable}`);
      }
    },
  };

  /** All up to the acknowledged floor is done. */
  async function oldestAfter(
    floor: number,
    { filter_subjects = [] }: ConsumerInfo['config'],
  ): Promise<Backlog['oldest']> {
    const next = filter_subjects.map((subject) => leaderGet(link, stream, { seq: floor + 1, next_by_subj: subject }));
    const found = (await Promise.all(next)).flatMap((message) => (message ? [message] : []));
    const [first] = found.sort((a, b) => a.seq - b.seq);
    const logged = first && decode(first.seq, first.data);
    return logged && { seq: logged.seq, ts: logged.event.ts };
  }

  async function publishOne(event: FsEvent): Promise<void> {
    const meta = headers();
    meta.set('Nats-Msg-Id', event.id);
    await publish(link, eventSubject(tenant, event.project, event.type), JSON.stringify(event), { headers: meta });
  }

  /** One connection's worth of work: never more than `maxInFlight` items fetched and not answered. */
  async function* handOut(durable: string, maxInFlight: number, signal: AbortSignal): AsyncGenerator<WorkItem> {
    const puller = new Puller(link, stream, durable, signal);
    try {
      puller.ask(maxInFlight);
      for await (const pulled of puller) {
        if (pulled.kind === 'idle') continue;
        const { message } = pulled;
        const logged = decode(message.seq, message.data);
        if (logged) {
          yield workItem(logged, message, () => puller.ask(1));
        } else {
          // It would come again and again, and nobody here could ever do it.
          await answer(message, '+TERM');
          puller.ask(1);
        }
      }
    } finally {
      puller.close();
    }
  }

  function workItem(logged: LoggedEvent, message: PulledMessage, answered: () => void): WorkItem {
    return {
      ...logged,
      attempt: message.attempt,
      async done() {
        await answer(message, '+ACK');
        answered();
      },
      async retry(delayMs) {
        await answer(message, delayMs > 0 ? `-NAK ${JSON.stringify({ delay: nanos(delayMs) })}` : '-NAK');
        answered();
      },
      working() {
        if (link.isConnected) link.connection.publish(message.ackSubject, '+WPI');
      },
    };
  }

  /** Confirmed by the server: without that, the item may come again.
   *  @throws StoreUnavailableError */
  async function answer(message: PulledMessage, text: string): Promise<void> {
    await link.request(message.ackSubject, text, { timeoutMs: ANSWER_TIMEOUT_MS });
  }
}
