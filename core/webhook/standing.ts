// How far a webhook's deliveries are, and what came of the last ones. The standing is moved by compare-and-swap, since a
// resend that a person asks for numbers its delivery beside whoever delivers; a delivery's record is its own key in a ring.
import { deliveryKey, standingKey } from '../model/index-keys.ts';
import {
  type Delivery,
  decodeDelivery,
  decodeStanding,
  encodeDelivery,
  encodeStanding,
  KEPT_DELIVERIES,
  NO_STANDING,
  type WebhookStanding,
} from '../model/webhook.ts';
import type { WebhookId } from '../model/webhook-id.ts';
import type { KeyValue } from '../store/key-value.ts';

type Records = Pick<KeyValue, 'get' | 'compareAndSet' | 'put'>;

export async function readStanding(records: Pick<KeyValue, 'get'>, id: WebhookId): Promise<WebhookStanding> {
  const entry = await records.get(standingKey(id), { newest: true });
  return entry ? decodeStanding(entry.value) : NO_STANDING;
}

/** @returns the standing that it has now */
export async function moveStanding(
  records: Records,
  id: WebhookId,
  change: (now: WebhookStanding) => WebhookStanding,
): Promise<WebhookStanding> {
  for (;;) {
    const entry = await records.get(standingKey(id), { newest: true });
    const next = change(entry ? decodeStanding(entry.value) : NO_STANDING);
    const outcome = await records.compareAndSet(standingKey(id), encodeStanding(next), entry?.revision ?? 0);
    if (outcome.kind === 'set') return next;
  }
}

export const slotOf = (n: number): number => n % KEPT_DELIVERIES;

export async function writeDelivery(records: Records, id: WebhookId, delivery: Delivery): Promise<void> {
  await records.put(deliveryKey(id, slotOf(delivery.n)), encodeDelivery(delivery));
}

/** @returns undefined when it is none, or a newer one took its place */
export async function readDelivery(
  records: Pick<KeyValue, 'get'>,
  id: WebhookId,
  n: number,
): Promise<Delivery | undefined> {
  const entry = await records.get(deliveryKey(id, slotOf(n)), { newest: true });
  const delivery = entry && decodeDelivery(entry.value);
  return delivery?.n === n ? delivery : undefined;
}
