// Webhooks and their deliveries as the HTTP API shows them, and what makes one.
import { z } from 'zod';
import { deliverySchema, MAX_WEBHOOK_NAME, MAX_WEBHOOK_URL, webhookFilterSchema } from '../model/webhook.ts';
import { webhookIdSchema } from '../model/webhook-id.ts';
import { pageOf } from './page.ts';

const time = z.iso.datetime();
const count = z.int().min(0);
const name = z.string().min(1).max(MAX_WEBHOOK_NAME);
const url = z.url({ protocol: /^https?$/ }).max(MAX_WEBHOOK_URL);
const filter = webhookFilterSchema.meta({ description: 'which events; what is absent does not matter' });

export const webhookViewSchema = z
  .strictObject({
    ...{ id: webhookIdSchema, name: z.string(), url: z.string(), filter },
    state: z.enum(['active', 'failing', 'paused', 'disabled']),
    by: z.string(),
    created_at: time,
    paused_at: time.nullable(),
    disabled: z.strictObject({ at: time, reason: z.string() }).nullable(),
    failing_since: time.nullable(),
    last: z.strictObject({ at: time, ok: z.boolean() }).nullable().meta({ description: 'the last attempt' }),
    waiting: z
      .strictObject({ seq: count, delivery: count, tries: count, next_at: time })
      .nullable()
      .meta({ description: 'the event at whose turn it is was tried in vain; all others wait behind it' }),
    deliveries: count.meta({ description: 'so far' }),
    secrets: z.array(z.strictObject({ since: time, until: time.nullable() })).meta({ description: 'that sign now' }),
    can_sign: z.boolean(),
  })
  .meta({ id: 'Webhook' });
export type ApiWebhook = z.infer<typeof webhookViewSchema>;

export const webhookPageSchema = pageOf('WebhookPage', webhookViewSchema);

export const newWebhookSchema = z.strictObject({ name, url, filter: filter.default({}) }).meta({ id: 'NewWebhook' });

export const secretSchema = z
  .strictObject({ id: webhookIdSchema, secret: z.string() })
  .meta({ id: 'WebhookSecret', description: 'the secret is shown here and nowhere else' });

export const webhookChangeSchema = z
  .strictObject({
    name: name.optional(),
    url: url.optional(),
    filter: filter.optional(),
    paused: z.boolean().optional().meta({ description: 'false also takes one up again that a server has disabled' }),
  })
  .meta({ id: 'WebhookChange', description: 'what is absent stays as it is' });

export const deliveryViewSchema = deliverySchema.omit({ v: true }).meta({ id: 'Delivery' });
export type ApiDelivery = z.infer<typeof deliveryViewSchema>;
export const deliveriesSchema = z.strictObject({ items: z.array(deliveryViewSchema) }).meta({ id: 'Deliveries' });
export const passOverSchema = z.strictObject({ seq: z.int().min(1) }).meta({ id: 'PassOver' });
