// The records of a webhook: what it wants to be told and where, how far its deliveries are, and what came of the last ones.
// Three records, because three hands write them: a person the first, whoever delivers the second, and each delivery its own.
import { z } from 'zod';
import { actorSchema } from './commit.ts';
import { type EventType, eventTypes } from './event.ts';
import { projectNameSchema } from './ids.ts';
import { relPathSchema } from './rel-path.ts';
import { webhookIdSchema } from './webhook-id.ts';

export const MAX_WEBHOOKS = 50;
export const MAX_WEBHOOK_NAME = 100;
export const MAX_WEBHOOK_URL = 2_000;
export const MAX_WEBHOOK_PROJECTS = 20;
/** Those that sign at once: the newest, and what it replaced for as long as both hold. */
export const MAX_WEBHOOK_SECRETS = 3;
/** Deliveries that are kept of each, the newest; the records are a ring of so many keys. */
export const KEPT_DELIVERIES = 100;
/** Of one delivery, the newest. */
export const KEPT_ATTEMPTS = 10;

const time = z.iso.datetime();
const seq = z.int().min(0);
const count = z.int().min(0);

/** What it is told of; what is absent does not matter. */
export const webhookFilterSchema = z.strictObject({
  projects: z.array(projectNameSchema).min(1).max(MAX_WEBHOOK_PROJECTS).optional(),
  types: z
    .array(z.enum(eventTypes as readonly [EventType, ...EventType[]]))
    .min(1)
    .optional(),
  /** events of this path and of what is below it; those that name no path are not among them */
  prefix: relPathSchema.optional(),
});
export type WebhookFilter = z.infer<typeof webhookFilterSchema>;

export const webhookSecretSchema = z.strictObject({
  /** readable by servers alone */
  sealed: z.string().min(1).max(400),
  since: time,
  /** it signs until then; absent: it is the newest */
  until: time.optional(),
});
export type WebhookSecret = z.infer<typeof webhookSecretSchema>;

export const webhookSchema = z.strictObject({
  v: z.literal(1),
  id: webhookIdSchema,
  name: z.string().min(1).max(MAX_WEBHOOK_NAME),
  url: z.string().min(1).max(MAX_WEBHOOK_URL),
  filter: webhookFilterSchema,
  /** the newest first */
  secrets: z.array(webhookSecretSchema).min(1).max(MAX_WEBHOOK_SECRETS),
  actor: actorSchema,
  created: time,
  /** where its consumer begins: the newest event when it was made */
  start: seq,
  /** what a person had it pass over: nothing up to this is delivered any more */
  after: seq,
  paused: z.strictObject({ actor: actorSchema, ts: time }).optional(),
  /** by a server, because it failed for too long or the receiver wants no more */
  disabled: z.strictObject({ ts: time, reason: z.string().max(500) }).optional(),
  /** a person wants what waits to be tried at once */
  nudged: time.optional(),
});
export type Webhook = z.infer<typeof webhookSchema>;

export type WebhookState = 'active' | 'failing' | 'paused' | 'disabled';

export const webhookStandingSchema = z.strictObject({
  v: z.literal(1),
  /** deliveries so far: the number of the last one */
  count,
  /** the last event that is done with; by its id too, because a stream that went back counts anew */
  settled: z.strictObject({ seq, event: z.string() }).optional(),
  /** the event that is at its turn, and was tried in vain */
  waiting: z.strictObject({ seq, event: z.string(), n: count, tries: count, next: time }).optional(),
  /** no attempt has succeeded since */
  failing_since: time.optional(),
  last: z.strictObject({ ts: time, ok: z.boolean() }).optional(),
});
export type WebhookStanding = z.infer<typeof webhookStandingSchema>;

export const NO_STANDING: WebhookStanding = { v: 1, count: 0 };

export function webhookState({ paused, disabled }: Webhook, { failing_since }: WebhookStanding): WebhookState {
  if (disabled) return 'disabled';
  if (paused) return 'paused';
  return failing_since === undefined ? 'active' : 'failing';
}

export const attemptSchema = z.strictObject({
  ts: time,
  /** from the beginning until the answer was there, or none was waited for any more */
  ms: count,
  /** of the answer; absent: there was none */
  status: z.int().optional(),
  /** why it does not count as delivered */
  error: z.string().max(500).optional(),
  /** the answer's first characters */
  answer: z.string().max(2_000).optional(),
});
export type Attempt = z.infer<typeof attemptSchema>;

export const deliverySchema = z.strictObject({
  v: z.literal(1),
  /** counts the deliveries of the webhook from 1 */
  n: z.int().min(1),
  about: z.enum(['event', 'resend', 'test']),
  /** `waiting`: it is tried again; `failed`: it is not; `passed`: a person had it passed over */
  state: z.enum(['delivered', 'waiting', 'failed', 'passed']),
  /** the `webhook-id` that was sent */
  message: z.string().min(1).max(100),
  type: z.string().min(1).max(100),
  /** the event's in the stream */
  seq: seq.optional(),
  tries: count,
  /** the newest last */
  attempts: z.array(attemptSchema).max(KEPT_ATTEMPTS),
  next: time.optional(),
  /** as it was sent */
  body: z.string(),
});
export type Delivery = z.infer<typeof deliverySchema>;

const textOf = (value: Uint8Array): unknown => JSON.parse(Buffer.from(value).toString('utf8'));
const bytesOf = (value: object): Uint8Array => Buffer.from(JSON.stringify(value));

export const encodeWebhook = (webhook: Webhook): Uint8Array => bytesOf(webhookSchema.parse(webhook));
/** @throws z.ZodError, SyntaxError  it is none that this version understands; so the two below */
export const decodeWebhook = (value: Uint8Array): Webhook => webhookSchema.parse(textOf(value));
export const encodeStanding = (standing: WebhookStanding): Uint8Array => bytesOf(webhookStandingSchema.parse(standing));
export const decodeStanding = (value: Uint8Array): WebhookStanding => webhookStandingSchema.parse(textOf(value));
export const encodeDelivery = (delivery: Delivery): Uint8Array => bytesOf(deliverySchema.parse(delivery));
export const decodeDelivery = (value: Uint8Array): Delivery => deliverySchema.parse(textOf(value));
