// Delivers to all webhooks on this server, beside other servers that do the same: follows their records, and keeps a delivery
// running for each that is neither paused nor disabled.

import { webhookKey } from '../../core/model/index-keys.ts';
import type { Webhook } from '../../core/model/webhook.ts';
import { decodeWebhook } from '../../core/model/webhook.ts';
import { webhookIdSchema } from '../../core/model/webhook-id.ts';
import type { EventLog } from '../../core/store/event-log.ts';
import type { KeyValue } from '../../core/store/key-value.ts';
import { consumerOf, type DeliverIo, HookDelivery } from '../../core/webhook/deliver.ts';
import { forgetDeliveries } from '../../core/webhook/webhooks.ts';
import { keepRunning } from '../supervise.ts';

export interface RunWebhooksIo extends DeliverIo {
  readonly records: Pick<KeyValue, 'get' | 'compareAndSet' | 'put' | 'watch' | 'keys' | 'delete'>;
  readonly events: Pick<EventLog, 'work' | 'publish' | 'endWork'>;
}

interface Running {
  readonly delivery: HookDelivery;
  readonly ending: AbortController;
  readonly ended: Promise<void>;
  /** what its consumer filters by */
  readonly filter: string;
}

/** Runs until the signal aborts; then gives back what it holds. */
export async function runWebhooks(io: RunWebhooksIo, signal: AbortSignal): Promise<void> {
  const running = new Map<string, Running>();
  try {
    for await (const change of io.records.watch(webhookKey('*'), { signal })) {
      if (change.kind === 'caught-up') continue;
      if (change.kind === 'put') {
        const { key, value } = change.entry;
        const webhook = decoded(io, key, value);
        if (!webhook || webhook.paused || webhook.disabled) await stop(running, key);
        else await follow(io, running, key, webhook, signal);
      } else {
        await stop(running, change.key);
        await forget(io, change.key);
      }
    }
  } finally {
    await Promise.all([...running.keys()].map((key) => stop(running, key)));
  }
}

function decoded({ log }: RunWebhooksIo, key: string, value: Uint8Array): Webhook | undefined {
  try {
    return decodeWebhook(value);
  } catch (error) {
    log.warn({ error, key }, `${key} is a webhook that this version does not understand: it is left to newer servers`);
    return undefined;
  }
}

/** One that filters otherwise begins anew with its consumer, where that is. */
async function follow(
  io: RunWebhooksIo,
  running: Map<string, Running>,
  key: string,
  webhook: Webhook,
  signal: AbortSignal,
): Promise<void> {
  const filter = JSON.stringify([webhook.filter.projects, webhook.filter.types]);
  const known = running.get(key);
  if (known?.filter === filter) return known.delivery.update(webhook);
  await stop(running, key);
  const { clock, log } = io;
  const ending = new AbortController();
  const delivery = new HookDelivery(io, webhook);
  const until = AbortSignal.any([signal, ending.signal]);
  const name = `deliveries to ${webhook.name}`;
  const ended = keepRunning(name, () => delivery.run(until), { signal: until, clock, log });
  running.set(key, { delivery, ending, ended, filter });
}

async function stop(running: Map<string, Running>, key: string): Promise<void> {
  const known = running.get(key);
  running.delete(key);
  known?.ending.abort(new Error('it is not delivered to any more'));
  await known?.ended;
}

/** Each server that saw it go does so, the last one for good. */
async function forget({ events, records, log }: RunWebhooksIo, key: string): Promise<void> {
  const id = webhookIdSchema.safeParse(key.slice(key.indexOf('.') + 1));
  if (!id.success) return;
  try {
    await events.endWork(consumerOf(id.data));
    await forgetDeliveries(records, id.data);
  } catch (error) {
    log.warn({ error, key }, 'something of a webhook that is gone is still there');
  }
}
