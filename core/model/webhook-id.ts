// The id of a webhook: random, and a token of keys and of the name of its consumer. In a file of its own, because events
// name webhooks and webhooks name types of events.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Brand } from './ids.ts';

export type WebhookId = Brand<string, 'WebhookId'>;

const WEBHOOK_ID = /^[0-9a-f]{20}$/;
export const webhookIdSchema = z
  .string()
  .regex(WEBHOOK_ID, 'is 20 lower-case hex digits')
  .transform((value) => value as WebhookId);

export const newWebhookId = (): WebhookId => randomBytes(10).toString('hex') as WebhookId;
