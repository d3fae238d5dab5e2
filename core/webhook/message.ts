// What is sent of an event: `{type, timestamp, data}` as Standard Webhooks has it, with the event as it is in the stream for
// its data. The JSON Schema of it is made from the event's own schema.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { isoTime } from '../model/clock.ts';
import { eventSchema, eventTypes, type FsEvent } from '../model/event.ts';
import { shaOf } from '../model/ids.ts';
import { type WebhookId, webhookIdSchema } from '../model/webhook-id.ts';

export interface Message {
  /** the `webhook-id`: the same for an event and a webhook, however often it is sent */
  readonly id: string;
  readonly type: string;
  readonly body: string;
}

export const TEST_TYPE = 'WebhookTest';

export const messageOf = (webhook: WebhookId, event: FsEvent): Message => ({
  id: `msg_${shaOf(`${webhook}\n${event.id}`).slice(0, 40)}`,
  type: event.type,
  body: JSON.stringify({ type: event.type, timestamp: event.ts, data: event }),
});

/** @param at  milliseconds since 1970 */
export const testMessage = (webhook: WebhookId, at: number): Message => ({
  id: `msg_test_${randomBytes(16).toString('hex')}`,
  type: TEST_TYPE,
  body: JSON.stringify({ type: TEST_TYPE, timestamp: isoTime(at), data: { webhook } }),
});

const timestamp = z.iso.datetime();

/** JSON Schema 2020-12 of every body that can come. */
export function messageJsonSchema(): z.core.JSONSchema.BaseSchema {
  const ofEvents = eventTypes.map((type) =>
    z.strictObject({ type: z.literal(type), timestamp, data: eventSchema(type) }),
  );
  const ofTest = z.strictObject({
    type: z.literal(TEST_TYPE),
    timestamp,
    data: z.strictObject({ webhook: webhookIdSchema }),
  });
  return z.toJSONSchema(z.union([...ofEvents, ofTest]), { io: 'input' });
}
