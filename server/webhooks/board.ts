// All webhooks, how they stand and their last deliveries, followed and kept in memory, so that a page of them asks nobody.
import type { WebhookQueries, WebhookView } from '../../app/webhook-view.ts';
import type { Clock } from '../../core/model/clock.ts';
import { deliveryKey, standingKey } from '../../core/model/index-keys.ts';
import type { Log } from '../../core/model/log.ts';
import {
  type Delivery,
  decodeDelivery,
  decodeStanding,
  decodeWebhook,
  NO_STANDING,
  type Webhook,
  type WebhookStanding,
  webhookState,
} from '../../core/model/webhook.ts';
import type { WebhookId } from '../../core/model/webhook-id.ts';
import type { KeyValue, KvEntry } from '../../core/store/key-value.ts';
import { messageJsonSchema } from '../../core/webhook/message.ts';
import { OLD_SECRET_MS, secretsAt } from '../../core/webhook/secret.ts';
import { readStanding, slotOf } from '../../core/webhook/standing.ts';
import { readWebhook } from '../../core/webhook/webhooks.ts';

export interface WebhookBoardIo {
  readonly records: Pick<KeyValue, 'get' | 'watch'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  unseal(sealed: string): string | undefined;
}

export class WebhookBoard implements WebhookQueries {
  readonly oldSecretMs = OLD_SECRET_MS;
  readonly #io: WebhookBoardIo;
  readonly #changed: () => void;
  /** by key */
  readonly #webhooks = new Map<string, Webhook>();
  readonly #standings = new Map<string, WebhookStanding>();
  readonly #deliveries = new Map<string, Delivery>();
  #schema: object | undefined;

  /** @param changed  one is another now, or was delivered to */
  constructor(io: WebhookBoardIo, changed: () => void) {
    this.#io = io;
    this.#changed = changed;
  }

  /** Runs until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    for await (const change of this.#io.records.watch('>', { signal })) {
      if (change.kind === 'caught-up') continue;
      const key = change.kind === 'put' ? change.entry.key : change.key;
      for (const known of [this.#webhooks, this.#standings, this.#deliveries]) known.delete(key);
      if (change.kind === 'put') this.#put(change.entry);
      this.#changed();
    }
  }

  #put({ key, value }: KvEntry): void {
    try {
      if (key.startsWith('hooks.')) this.#webhooks.set(key, decodeWebhook(value));
      else if (key.startsWith('standing.')) this.#standings.set(key, decodeStanding(value));
      else this.#deliveries.set(key, decodeDelivery(value));
    } catch (error) {
      this.#io.log.warn({ error, key }, `${key} is a record that this version does not understand: it is not shown`);
    }
  }

  async webhooks(): Promise<readonly WebhookView[]> {
    const views = [...this.#webhooks.values()].map((webhook) =>
      this.#viewOf(webhook, this.#standings.get(standingKey(webhook.id)) ?? NO_STANDING),
    );
    return views.sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
  }

  /** As the records are now: who has just changed it sees that. */
  async webhook(id: string): Promise<WebhookView | undefined> {
    const webhook = await readWebhook(this.#io.records, id);
    return webhook && this.#viewOf(webhook, await readStanding(this.#io.records, webhook.id));
  }

  async deliveries(id: WebhookId): Promise<readonly Delivery[]> {
    const found = [...this.#deliveries].flatMap(([key, delivery]) => (key.split('.')[1] === id ? [delivery] : []));
    return found.sort((a, b) => b.n - a.n);
  }

  /** It was written by this server: whoever asked for it sees it with the answer. */
  wrote(id: WebhookId, delivery: Delivery): void {
    this.#deliveries.set(deliveryKey(id, slotOf(delivery.n)), delivery);
  }

  schema(): object {
    this.#schema ??= messageJsonSchema();
    return this.#schema;
  }

  #viewOf(webhook: Webhook, standing: WebhookStanding): WebhookView {
    const { id, name, url, filter, actor, created, paused, disabled } = webhook;
    const { waiting, failing_since, last, count } = standing;
    const secrets = secretsAt(webhook, this.#io.clock.now());
    return {
      id,
      name,
      url,
      filter,
      state: webhookState(webhook, standing),
      by: actor.id,
      createdAt: Date.parse(created),
      paused: paused && { by: paused.actor.id, at: Date.parse(paused.ts) },
      disabled: disabled && { at: Date.parse(disabled.ts), reason: disabled.reason },
      failingSince: failing_since === undefined ? undefined : Date.parse(failing_since),
      last: last && { at: Date.parse(last.ts), ok: last.ok },
      waiting: waiting && { seq: waiting.seq, n: waiting.n, tries: waiting.tries, nextAt: Date.parse(waiting.next) },
      deliveries: count,
      secrets: secrets.map(({ since, until }) => ({
        since: Date.parse(since),
        until: until === undefined ? undefined : Date.parse(until),
      })),
      canSign: secrets.some(({ sealed }) => this.#io.unseal(sealed) !== undefined),
    };
  }
}
