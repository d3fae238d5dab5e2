// A delivery that a person asks for: a test, or one that was sent before. It is tried once, beside the deliveries that are in
// order, and logged among them.
import type { Delivery, Webhook } from '../model/webhook.ts';
import type { KeyValue } from '../store/key-value.ts';
import { type AttemptIo, attempt } from './attempt.ts';
import type { Message } from './message.ts';
import { moveStanding, writeDelivery } from './standing.ts';

export interface SendOnceIo extends AttemptIo {
  readonly records: Pick<KeyValue, 'get' | 'compareAndSet' | 'put'>;
}

/** @throws StoreUnavailableError  it may have been sent, and is not logged; the signal's reason */
export async function sendOnce(
  io: SendOnceIo,
  webhook: Webhook,
  about: 'resend' | 'test',
  { message, seq }: { readonly message: Message; readonly seq?: number | undefined },
  signal: AbortSignal,
): Promise<Delivery> {
  const { kind, attempt: made } = await attempt(io, webhook, message, signal);
  const { count: n } = await moveStanding(io.records, webhook.id, (now) => ({ ...now, count: now.count + 1 }));
  const delivery: Delivery = {
    v: 1,
    n,
    about,
    state: kind,
    message: message.id,
    type: message.type,
    ...(seq !== undefined && { seq }),
    tries: 1,
    attempts: [made],
    body: message.body,
  };
  await writeDelivery(io.records, webhook.id, delivery);
  return delivery;
}
