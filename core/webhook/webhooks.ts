// Makes, reads, changes and ends webhooks. Each record is moved by compare-and-swap; the secret is returned where it is made,
// and nowhere else.
import type { Clock } from '../model/clock.ts';
import { isoTime } from '../model/clock.ts';
import type { Actor } from '../model/commit.ts';
import { deliveryKey, standingKey, webhookKey } from '../model/index-keys.ts';
import {
  decodeWebhook,
  encodeWebhook,
  KEPT_DELIVERIES,
  MAX_WEBHOOK_SECRETS,
  MAX_WEBHOOKS,
  type Webhook,
  type WebhookFilter,
} from '../model/webhook.ts';
import { newWebhookId, type WebhookId, webhookIdSchema } from '../model/webhook-id.ts';
import { type EventLog, UnknownEventError } from '../store/event-log.ts';
import type { KeyValue } from '../store/key-value.ts';
import { newSecret, OLD_SECRET_MS, secretsAt } from './secret.ts';
import { moveStanding } from './standing.ts';

export interface WebhookIo {
  readonly records: Pick<KeyValue, 'get' | 'keys' | 'compareAndSet' | 'put' | 'delete'>;
  readonly events: Pick<EventLog, 'last'>;
  readonly clock: Pick<Clock, 'now'>;
  /** hides a secret in the record for those who sign by it */
  seal(secret: string): string;
}

export interface AskedWebhook {
  readonly name: string;
  readonly url: string;
  readonly filter: WebhookFilter;
}

export type CreateOutcome =
  | { readonly kind: 'created'; readonly webhook: Webhook; readonly secret: string }
  | { readonly kind: 'too-many' };

/** It is told of what happens from now on. @throws StoreUnavailableError  nobody has its secret, so that there may as well be none */
export async function createWebhook(io: WebhookIo, asked: AskedWebhook, actor: Actor): Promise<CreateOutcome> {
  let others = 0;
  for await (const _ of io.records.keys(webhookKey('*'))) others += 1;
  if (others >= MAX_WEBHOOKS) return { kind: 'too-many' };
  const created = isoTime(io.clock.now());
  const secret = newSecret();
  const start = await newestSeq(io.events);
  const webhook: Webhook = {
    v: 1,
    id: newWebhookId(),
    ...asked,
    secrets: [{ sealed: io.seal(secret), since: created }],
    actor,
    created,
    start,
    after: start,
  };
  await io.records.compareAndSet(webhookKey(webhook.id), encodeWebhook(webhook), 0);
  return { kind: 'created', webhook, secret };
}

async function newestSeq(events: Pick<EventLog, 'last'>): Promise<number> {
  try {
    return (await events.last({}))?.seq ?? 0;
  } catch (error) {
    if (error instanceof UnknownEventError) return error.seq;
    throw error;
  }
}

/** @param id  as somebody typed it: what is no id names no webhook, and never another key */
export async function readWebhook(records: Pick<KeyValue, 'get'>, id: string): Promise<Webhook | undefined> {
  const parsed = webhookIdSchema.safeParse(id);
  if (!parsed.success) return undefined;
  const entry = await records.get(webhookKey(parsed.data), { newest: true });
  return entry && decodeWebhook(entry.value);
}

/** @param change  undefined: it stays as it is
 *  @returns as it is now, and whether this changed it; undefined when there is none */
export async function moveWebhook(
  records: Pick<KeyValue, 'get' | 'compareAndSet'>,
  id: string,
  change: (now: Webhook) => Webhook | undefined,
): Promise<{ readonly webhook: Webhook; readonly isChanged: boolean } | undefined> {
  const parsed = webhookIdSchema.safeParse(id);
  if (!parsed.success) return undefined;
  const key = webhookKey(parsed.data);
  for (;;) {
    const entry = await records.get(key, { newest: true });
    if (!entry) return undefined;
    const webhook = decodeWebhook(entry.value);
    const next = change(webhook);
    if (next === undefined) return { webhook, isChanged: false };
    const outcome = await records.compareAndSet(key, encodeWebhook(next), entry.revision);
    if (outcome.kind === 'set') return { webhook: next, isChanged: true };
  }
}

/** What waits is tried at once, at the new address too. */
export const changeWebhook = (io: WebhookIo, id: string, asked: AskedWebhook) =>
  moveWebhook(io.records, id, (now) => ({ ...now, ...asked }));

export const pauseWebhook = (io: WebhookIo, id: string, actor: Actor) =>
  moveWebhook(io.records, id, (now) =>
    now.paused || now.disabled ? undefined : { ...now, paused: { actor, ts: isoTime(io.clock.now()) } },
  );

/** It goes on where it was, also when a server had disabled it, and has all the time again until it would be once more. */
export async function resumeWebhook(io: WebhookIo, id: string) {
  const now = await readWebhook(io.records, id);
  if (!now) return undefined;
  if (now.paused || now.disabled) {
    const next = isoTime(io.clock.now());
    await moveStanding(io.records, now.id, ({ failing_since: _, waiting, ...standing }) => ({
      ...standing,
      ...(waiting && { waiting: { ...waiting, next } }),
    }));
  }
  return moveWebhook(io.records, id, ({ paused, disabled, ...webhook }) =>
    paused || disabled ? { ...webhook, nudged: isoTime(io.clock.now()) } : undefined,
  );
}

/** What waits for its next attempt has it now. */
export const nudgeWebhook = (io: WebhookIo, id: string) =>
  moveWebhook(io.records, id, (now) => ({ ...now, nudged: isoTime(io.clock.now()) }));

/** Nothing up to this event is delivered any more. */
export const passOver = (io: WebhookIo, id: string, seq: number) =>
  moveWebhook(io.records, id, (now) => (seq <= now.after ? undefined : { ...now, after: seq }));

/** The secrets that it had sign beside the new one for a day. @returns the new secret, which is nowhere else */
export async function rotateSecret(io: WebhookIo, id: string): Promise<string | undefined> {
  const secret = newSecret();
  const at = io.clock.now();
  const moved = await moveWebhook(io.records, id, (now) => {
    const until = isoTime(at + OLD_SECRET_MS);
    const old = secretsAt(now, at).map((each) => ({ ...each, until: each.until ?? until }));
    const secrets = [{ sealed: io.seal(secret), since: isoTime(at) }, ...old];
    return { ...now, secrets: secrets.slice(0, MAX_WEBHOOK_SECRETS) };
  });
  return moved && secret;
}

/** Its consumer is ended by the servers, who see the record go. @returns false when there was none */
export async function removeWebhook(io: WebhookIo, id: string): Promise<boolean> {
  const webhook = await readWebhook(io.records, id);
  if (!webhook) return false;
  await io.records.delete(webhookKey(webhook.id));
  await forgetDeliveries(io.records, webhook.id);
  return true;
}

/** Said again by each server that was delivering, because it may have written one more. */
export async function forgetDeliveries(records: Pick<KeyValue, 'keys' | 'delete'>, id: WebhookId): Promise<void> {
  const keys: string[] = [standingKey(id)];
  for await (const key of records.keys(deliveryKey(id, '*'))) keys.push(key);
  await Promise.all(keys.slice(0, KEPT_DELIVERIES + 1).map((key) => records.delete(key)));
}
