// Delivers to one webhook, in stream order, beside other servers that do the same. Its durable consumer has one event out over
// all of them, so who holds it is who delivers; who goes away or is silent loses it to the next. An event is held until it is
// delivered, also while it waits for its next attempt: what is behind it waits, because the order is kept. At least once: who
// dies between the answer and its record leaves the event to be sent again, with the same `webhook-id`.
import { isoTime } from '../model/clock.ts';
import type { Tenant } from '../model/ids.ts';
import { type Attempt, type Delivery, KEPT_ATTEMPTS, type Webhook, type WebhookStanding } from '../model/webhook.ts';
import type { WebhookId } from '../model/webhook-id.ts';
import type { ByteBudget } from '../store/byte-budget.ts';
import type { EventLog, LoggedEvent, WorkItem } from '../store/event-log.ts';
import type { KeyValue } from '../store/key-value.ts';
import { type AttemptIo, attempt } from './attempt.ts';
import { retryInMs } from './backoff.ts';
import { type Message, messageOf } from './message.ts';
import { moveStanding, readDelivery, readStanding, writeDelivery } from './standing.ts';
import { tellDisabled } from './tell-disabled.ts';
import { wants } from './wants.ts';
import { moveWebhook } from './webhooks.ts';

export interface DeliverIo extends AttemptIo {
  readonly tenant: Tenant;
  readonly records: Pick<KeyValue, 'get' | 'compareAndSet' | 'put'>;
  readonly events: Pick<EventLog, 'work' | 'publish'>;
  /** attempts at once on this server, over all webhooks */
  readonly slots: ByteBudget;
  /** from 0 to 1 */
  readonly random: () => number;
}

/** A webhook of which no attempt succeeded for so long is disabled. */
export const DISABLE_AFTER_MS = 5 * 24 * 3_600_000;
/** An event whose server says nothing for so long is given to another. */
const ACK_WAIT_MS = 30_000;
const HOLD_EVERY_MS = 10_000;

export const consumerOf = (id: WebhookId): string => `hook-${id}`;

type Waiting = NonNullable<WebhookStanding['waiting']>;

export class HookDelivery {
  readonly #io: DeliverIo;
  #webhook: Webhook;
  #changed = new AbortController();

  constructor(io: DeliverIo, webhook: Webhook) {
    this.#io = io;
    this.#webhook = webhook;
  }

  /** Its record is another now: what waits is tried at once, by what it says. */
  update(webhook: Webhook): void {
    this.#webhook = webhook;
    this.#changed.abort();
    this.#changed = new AbortController();
  }

  /** Runs until the signal aborts, and gives back what it holds. @throws StoreUnavailableError */
  async run(signal: AbortSignal): Promise<void> {
    const { id, filter, start } = this.#webhook;
    const items = this.#io.events.work({
      durable: consumerOf(id),
      types: filter.types,
      projects: filter.projects,
      afterSeq: start,
      isOneByOne: true,
      maxInFlight: 1,
      ackWaitMs: ACK_WAIT_MS,
      signal,
    });
    for await (const item of items) {
      const holding = setInterval(() => item.working(), HOLD_EVERY_MS);
      try {
        await this.#deliver(item, signal);
        await item.done();
      } catch (error) {
        // Where this cannot be said, its silence says it later.
        await item.retry(0).catch(() => undefined);
        if (!signal.aborted) throw error;
      } finally {
        clearInterval(holding);
      }
    }
  }

  /** Resolves when it is done with. @throws the signal's reason */
  async #deliver(item: WorkItem, signal: AbortSignal): Promise<void> {
    const { records, clock } = this.#io;
    for (let isAtOnce = false; ; ) {
      signal.throwIfAborted();
      const [webhook, changed] = [this.#webhook, this.#changed.signal];
      const standing = await readStanding(records, webhook.id);
      if (isThis(standing.settled, item)) return;
      const waiting = isThis(standing.waiting, item) ? standing.waiting : undefined;
      if (item.seq <= webhook.after || !wants(webhook.filter, item.event))
        return this.#passOver(webhook, item, waiting);
      const leftMs: number = waiting && !isAtOnce ? Date.parse(waiting.next) - clock.now() : 0;
      if (leftMs > 0) {
        isAtOnce = await clock.sleep(leftMs, AbortSignal.any([signal, changed])).then(
          () => false,
          () => true,
        );
      } else if (await this.#try(webhook, item, waiting, signal)) return;
      else isAtOnce = false;
    }
  }

  async #passOver({ id }: Webhook, item: LoggedEvent, waiting: Waiting | undefined): Promise<void> {
    if (!waiting) return;
    const { records } = this.#io;
    await moveStanding(records, id, ({ waiting: _, failing_since: __, ...now }) => ({ ...now, settled: nameOf(item) }));
    const known = await readDelivery(records, id, waiting.n);
    if (!known) return;
    const { next: _, ...delivery } = known;
    await writeDelivery(records, id, { ...delivery, state: 'passed' });
  }

  /** @returns whether it was delivered */
  async #try(webhook: Webhook, item: WorkItem, waiting: Waiting | undefined, signal: AbortSignal): Promise<boolean> {
    const { records, clock, slots, random } = this.#io;
    const message = messageOf(webhook.id, item.event);
    await slots.take(1);
    const outcome = await attempt(this.#io, webhook, message, signal).finally(() => slots.give(1));
    const tries = (waiting?.tries ?? 0) + 1;
    const log = { item, message, tries, attempt: outcome.attempt, waiting };
    const last = { ts: outcome.attempt.ts, ok: outcome.kind === 'delivered' };
    if (outcome.kind === 'delivered') {
      const { count } = await moveStanding(records, webhook.id, (now) => {
        const { waiting: _, failing_since: __, ...kept } = now;
        return { ...kept, count: now.count + (waiting ? 0 : 1), settled: nameOf(item), last };
      });
      await this.#log(webhook, { ...log, n: waiting?.n ?? count, state: 'delivered' });
      return true;
    }
    const next = isoTime(clock.now() + retryInMs(tries, outcome.retryAfterMs, random()));
    const standing = await moveStanding(records, webhook.id, (now) => {
      const count = now.count + (waiting ? 0 : 1);
      const waits = { ...nameOf(item), n: waiting?.n ?? count, tries, next };
      return { ...now, count, waiting: waits, failing_since: now.failing_since ?? outcome.attempt.ts, last };
    });
    const since = standing.failing_since ?? outcome.attempt.ts;
    await this.#log(webhook, { ...log, n: standing.waiting?.n ?? standing.count, state: 'waiting', next });
    if (outcome.isUnwanted || clock.now() - Date.parse(since) >= DISABLE_AFTER_MS) {
      await this.#disable(webhook, outcome.attempt.error ?? 'it failed', since);
    }
    return false;
  }

  async #log(
    { id }: Webhook,
    log: {
      readonly n: number;
      readonly state: Delivery['state'];
      readonly item: LoggedEvent;
      readonly message: Message;
      readonly tries: number;
      readonly attempt: Attempt;
      readonly waiting: Waiting | undefined;
      readonly next?: string;
    },
  ): Promise<void> {
    const { records } = this.#io;
    const { n, state, item, message, tries, attempt: made, waiting, next } = log;
    const before = waiting && (await readDelivery(records, id, n));
    await writeDelivery(records, id, {
      v: 1,
      n,
      about: 'event',
      state,
      message: message.id,
      type: message.type,
      seq: item.seq,
      tries,
      attempts: [...(before?.attempts ?? []), made].slice(-KEPT_ATTEMPTS),
      ...(next !== undefined && { next }),
      body: message.body,
    });
  }

  /** Unless a person has just done something about it. */
  async #disable(webhook: Webhook, error: string, since: string): Promise<void> {
    const { records, clock, log } = this.#io;
    const disabled = { ts: isoTime(clock.now()), reason: error };
    const moved = await moveWebhook(records, webhook.id, (now) =>
      now.paused || now.disabled || now.nudged !== webhook.nudged || now.url !== webhook.url
        ? undefined
        : { ...now, disabled },
    );
    if (!moved?.isChanged) return;
    log.warn({ webhook: webhook.id, since }, `webhook ${webhook.name} is disabled: ${error}`);
    await tellDisabled(this.#io, webhook, disabled, since);
  }
}

const nameOf = ({ seq, event }: LoggedEvent) => ({ seq, event: event.id });

/** By both: a stream that went back (I12) counts anew. */
const isThis = (named: { readonly seq: number; readonly event: string } | undefined, item: LoggedEvent): boolean =>
  named?.seq === item.seq && named.event === item.event.id;
