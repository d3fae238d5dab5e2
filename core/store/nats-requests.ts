// Requests and their replies over one subscription. Unlike the client's own, they fail the moment that the connection
// goes (its own wait for their timeout), they are refused while it is away (its own are kept, and then lost), and
// a thousand at once cost one timer.
import { createInbox, errors, type MsgHdrs } from '@nats-io/transport-node';
import { StoreUnavailableError } from './store-errors.ts';

export interface Reply {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: MsgHdrs | undefined;
}

/** What carries questions and replies: the client's connection, or the one for bulk. */
export interface Channel {
  publish(subject: string, payload: Uint8Array | string, options: { reply: string; headers?: MsgHdrs }): void;
  subscribe(subject: string, options: { callback: (error: Error | null, reply: Reply) => void }): unknown;
}

export interface RequestOptions {
  readonly headers?: MsgHdrs;
  /** Default 5 seconds: a slow disk takes its time for a sync, and a stream that has lost its leader says nothing. */
  readonly timeoutMs?: number;
}

interface Waiting {
  readonly subject: string;
  readonly timeoutMs: number;
  dueAt: number;
  /** @returns true when more replies are wanted */
  onReply(reply: Reply): boolean;
  reject(error: Error): void;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const TICK_MS = 250;
const NO_RESPONDERS = 503;

export class Requests {
  readonly #channel: Channel;
  readonly #inbox: string;
  readonly #waiting = new Map<string, Waiting>();
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  #away: string | undefined;

  constructor(channel: Channel, inboxPrefix: string) {
    this.#channel = channel;
    this.#inbox = `${createInbox(inboxPrefix)}.`;
    channel.subscribe(`${this.#inbox}*`, {
      callback: (error, reply) => {
        if (error) this.#refused(error);
        else this.#answer(reply);
      },
    });
  }

  /** @throws StoreUnavailableError  the connection is or goes away; NATS errors otherwise, to be translated */
  request(subject: string, payload: Uint8Array | string, options: RequestOptions = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const onReply = (reply: Reply) => {
        resolve(reply);
        return false;
      };
      this.#ask(subject, payload, options, onReply, reject);
    });
  }

  /** One question, many replies: `onReply` gets each, and returns true as long as more are to come. The timeout counts
   *  from the last one. @throws as `request` does */
  collect(
    subject: string,
    payload: Uint8Array | string,
    onReply: (reply: Reply) => boolean,
    options: RequestOptions = {},
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const onEach = (reply: Reply) => {
        const more = onReply(reply);
        if (!more) resolve();
        return more;
      };
      this.#ask(subject, payload, options, onEach, reject);
    });
  }

  #ask(
    subject: string,
    payload: Uint8Array | string,
    { headers, timeoutMs = DEFAULT_TIMEOUT_MS }: RequestOptions,
    onReply: (reply: Reply) => boolean,
    reject: (error: unknown) => void,
  ): void {
    if (this.#away !== undefined) {
      reject(new StoreUnavailableError('hot', this.#away));
      return;
    }
    const token = (++this.#next).toString(36);
    this.#waiting.set(token, { subject, timeoutMs, dueAt: performance.now() + timeoutMs, onReply, reject });
    this.#timer ??= setTimeout(() => this.#expire(), TICK_MS);
    try {
      this.#channel.publish(subject, payload, { reply: this.#inbox + token, ...(headers && { headers }) });
    } catch (error) {
      this.#waiting.delete(token);
      reject(error);
    }
  }

  /** @param detail  undefined: it is back */
  setAway(detail: string | undefined): void {
    this.#away = detail;
    if (detail !== undefined) this.#failAll(() => new StoreUnavailableError('hot', detail));
  }

  /** The server said that a publish is not allowed; it names the subject, not the request. */
  denied(error: InstanceType<typeof errors.PermissionViolationError>): void {
    for (const [token, waiting] of this.#waiting) {
      if (waiting.subject !== error.subject) continue;
      this.#waiting.delete(token);
      waiting.reject(error);
    }
  }

  #refused(error: Error): void {
    if (error instanceof errors.PermissionViolationError && error.operation === 'publish') this.denied(error);
    else this.#failAll(() => error);
  }

  #answer(reply: Reply): void {
    const token = reply.subject.slice(this.#inbox.length);
    const waiting = this.#waiting.get(token);
    if (!waiting) return;
    if (reply.data.length === 0 && reply.headers?.code === NO_RESPONDERS) {
      this.#waiting.delete(token);
      waiting.reject(new errors.NoRespondersError(waiting.subject));
    } else if (waiting.onReply(reply)) {
      waiting.dueAt = performance.now() + waiting.timeoutMs;
    } else {
      this.#waiting.delete(token);
    }
  }

  #expire(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [token, waiting] of this.#waiting) {
      if (waiting.dueAt > now) continue;
      this.#waiting.delete(token);
      waiting.reject(new errors.TimeoutError());
    }
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => this.#expire(), TICK_MS);
  }

  #failAll(error: () => Error): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error());
  }
}
