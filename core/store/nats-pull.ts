// Messages of a pull consumer, as fast as their reader takes them and never more than it asked for. It ends with
// ConsumerLostError as soon as the consumer, its server or the connection is in doubt; what to do then is its caller's
// business, because an ordered reader starts a new consumer and a durable one goes on with the old.
import { createInbox, type Msg, type MsgHdrs, type Subscription } from '@nats-io/transport-node';
import { Mailbox } from './mailbox.ts';
import type { NatsLink } from './nats-connect.ts';
import { nanos } from './nats-js-api.ts';

export interface PulledMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  /** stream seq */
  readonly seq: number;
  /** counts what this consumer delivered, from 1 */
  readonly consumerSeq: number;
  /** 1 for the first delivery */
  readonly attempt: number;
  /** the server's clock when it was stored; milliseconds since 1970 */
  readonly storedAt: number;
  /** what the consumer has still to deliver after this one */
  readonly pending: number;
  /** where an acknowledgement goes */
  readonly ackSubject: string;
}

export type Pulled = { readonly kind: 'message'; readonly message: PulledMessage } | { readonly kind: 'idle' };

export class ConsumerLostError extends Error {
  override name = 'ConsumerLostError';
}

const EXPIRES_MS = 30_000;
/** A consumer whose server died in a cluster is noticed by its silence only. */
const HEARTBEAT_MS = 2_000;
const SILENCE_MS = 2.5 * HEARTBEAT_MS;
/** statuses that end a wish before it was given all */
const EXPIRED = new Set([404, 408]);

export class Puller implements AsyncIterable<Pulled> {
  readonly #link: NatsLink;
  readonly #subject: string;
  readonly #signal: AbortSignal;
  readonly #inbox: string;
  readonly #mailbox: Mailbox<Msg>;
  readonly #subscription: Subscription;
  readonly #stopStatus: () => void;
  /** How many messages are wished for and not there yet. The server gives signs of life only while there are any. */
  #open = 0;
  #silence: NodeJS.Timeout | undefined;
  #closed = false;

  /** Subscribes at once, so that what `ask` brings is not missed. Its caller closes it. */
  constructor(link: NatsLink, stream: string, consumer: string, signal: AbortSignal) {
    this.#link = link;
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
    this.#signal = signal;
    this.#inbox = createInbox(link.inboxPrefix);
    this.#mailbox = new Mailbox<Msg>(signal);
    this.#subscription = link.connection.subscribe(this.#inbox, {
      callback: (error, message) => {
        if (error) {
          this.#lost(error.message);
          return;
        }
        this.#open -= statusOf(message) === 0 ? 1 : restOf(message);
        this.#watchSilence();
        this.#mailbox.push(message);
      },
    });
    this.#stopStatus = link.onStatus((status) => {
      if (status.kind !== 'connected') this.#lost('the connection is lost');
    });
  }

  /** Wants `count` more messages. */
  ask(count: number): void {
    // What would come now had no reader, and would only be late for the next one.
    if (count === 0 || this.#closed || this.#signal.aborted || !this.#link.isConnected) return;
    this.#open += count;
    if (!this.#silence) this.#watchSilence();
    const wish = { batch: count, expires: nanos(EXPIRES_MS), idle_heartbeat: nanos(HEARTBEAT_MS) };
    this.#link.connection.publish(this.#subject, JSON.stringify(wish), { reply: this.#inbox });
  }

  /** Ends without an error at the signal. @throws ConsumerLostError */
  async *[Symbol.asyncIterator](): AsyncGenerator<Pulled, void, undefined> {
    try {
      for await (const message of this.#mailbox) {
        const status = statusOf(message);
        if (status === 0) yield { kind: 'message', message: pulledMessage(message) };
        else if (status === 100) yield { kind: 'idle' };
        // What an expired wish was not given is wished again.
        else if (EXPIRED.has(status)) this.ask(restOf(message));
        else throw new ConsumerLostError(`${status} ${message.headers?.description}`);
      }
      if (!this.#signal.aborted) throw new ConsumerLostError('the subscription ended');
    } finally {
      this.close();
    }
  }

  /** Iterating to the end does it too. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#silence);
    this.#stopStatus();
    this.#mailbox.end();
    if (!this.#link.connection.isClosed()) this.#subscription.unsubscribe();
  }

  /** Silence counts from now on. While nothing is wished for no sign of life is due: a reader may take its time. */
  #watchSilence(): void {
    if (this.#open > 0 && this.#silence) this.#silence.refresh();
    else if (this.#open > 0) this.#silence = setTimeout(() => this.#lost('the server is silent'), SILENCE_MS);
    else {
      clearTimeout(this.#silence);
      this.#silence = undefined;
    }
  }

  #lost(why: string): void {
    this.#mailbox.fail(new ConsumerLostError(why));
  }
}

/** @returns 0 for a message */
function statusOf(message: Msg): number {
  return message.data.length === 0 ? (message.headers?.code ?? 0) : 0;
}

/** What a wish that ends here was not given. */
function restOf(message: Msg): number {
  return EXPIRED.has(statusOf(message)) ? Number(message.headers?.get('Nats-Pending-Messages') || 0) : 0;
}

/** `$JS.ACK.<stream>.<consumer>.<attempt>.<stream seq>.<consumer seq>.<time>.<pending>`, with a domain and an account
 *  after `ACK` where the server has them. */
function pulledMessage(message: Msg): PulledMessage {
  const ackSubject = message.reply ?? '';
  const tokens = ackSubject.split('.');
  const at = tokens.length === 9 ? 4 : 6;
  const number = (offset: number) => Number(tokens[at + offset]);
  return {
    subject: message.subject,
    data: message.data,
    headers: message.headers,
    attempt: number(0),
    seq: number(1),
    consumerSeq: number(2),
    // Nanoseconds, more than a number holds: rounded, they could come out a millisecond later than they are.
    storedAt: Number(tokens[at + 3]?.slice(0, -6)),
    pending: number(4),
    ackSubject,
  };
}
