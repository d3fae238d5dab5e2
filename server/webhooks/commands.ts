// What people ask of webhooks, written into their records.
import type { SentOutcome, WebhookCommands } from '../../app/webhook-view.ts';
import type { Delivery, Webhook } from '../../core/model/webhook.ts';
import type { WebhookId } from '../../core/model/webhook-id.ts';
import { testMessage } from '../../core/webhook/message.ts';
import { type SendOnceIo, sendOnce } from '../../core/webhook/send-once.ts';
import { readDelivery } from '../../core/webhook/standing.ts';
import {
  changeWebhook,
  createWebhook,
  nudgeWebhook,
  passOver,
  pauseWebhook,
  readWebhook,
  removeWebhook,
  resumeWebhook,
  rotateSecret,
  type WebhookIo,
} from '../../core/webhook/webhooks.ts';
import { urlFault } from './webhook-url.ts';

export type WebhookCommandIo = WebhookIo &
  SendOnceIo & {
    readonly allowPrivate: boolean;
    /** of the server */
    readonly signal: AbortSignal;
    /** A delivery that a person asked for is written. */
    wrote(id: WebhookId, delivery: Delivery): void;
  };

const NONE = { kind: 'no-webhook' } as const;

export function webhookCommands(io: WebhookCommandIo): WebhookCommands {
  const { allowPrivate } = io;

  async function send(
    webhook: Webhook,
    about: 'resend' | 'test',
    sent: Parameters<typeof sendOnce>[3],
  ): Promise<SentOutcome> {
    const delivery = await sendOnce(io, webhook, about, sent, io.signal);
    io.wrote(webhook.id, delivery);
    return { kind: delivery.state === 'delivered' ? 'webhook-delivered' : 'webhook-refused', delivery };
  }

  return {
    async createWebhook(actor, asked) {
      const fault = urlFault(asked.url, allowPrivate);
      if (fault !== undefined) return { kind: 'webhook-url-refused', fault };
      const outcome = await createWebhook(io, asked, actor);
      if (outcome.kind === 'too-many') return { kind: 'too-many-webhooks' };
      return { kind: 'webhook-made', id: outcome.webhook.id, secret: outcome.secret };
    },
    async changeWebhook(_actor, id, asked) {
      const fault = urlFault(asked.url, allowPrivate);
      if (fault !== undefined) return { kind: 'webhook-url-refused', fault };
      if (!(await changeWebhook(io, id, asked))) return NONE;
      return { kind: 'webhook-changed' };
    },
    async pauseWebhook(actor, id) {
      const moved = await pauseWebhook(io, id, actor);
      if (!moved) return NONE;
      if (!moved.isChanged) return { kind: 'webhook-off' };
      return { kind: 'webhook-paused' };
    },
    async resumeWebhook(_actor, id) {
      const moved = await resumeWebhook(io, id);
      if (!moved) return NONE;
      if (!moved.isChanged) return { kind: 'webhook-on' };
      return { kind: 'webhook-resumed' };
    },
    async rotateSecret(_actor, id) {
      const secret = await rotateSecret(io, id);
      if (secret === undefined) return NONE;
      return { kind: 'webhook-rotated', secret };
    },
    async removeWebhook(_actor, id) {
      if (!(await removeWebhook(io, id))) return NONE;
      return { kind: 'webhook-removed' };
    },
    async testWebhook(_actor, id) {
      const webhook = await readWebhook(io.records, id);
      if (!webhook) return NONE;
      return send(webhook, 'test', { message: testMessage(webhook.id, io.clock.now()) });
    },
    async resend(_actor, id, n) {
      const webhook = await readWebhook(io.records, id);
      if (!webhook) return NONE;
      const known = await readDelivery(io.records, webhook.id, n);
      if (!known) return { kind: 'no-delivery' };
      const { message, type, body, seq } = known;
      return send(webhook, 'resend', { message: { id: message, type, body }, seq });
    },
    async tryNow(_actor, id) {
      if (!(await nudgeWebhook(io, id))) return NONE;
      return { kind: 'webhook-nudged' };
    },
    async passOver(_actor, id, seq) {
      if (!(await passOver(io, id, seq))) return NONE;
      return { kind: 'webhook-passed' };
    },
  };
}
