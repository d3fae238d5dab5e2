// Webhooks: made, shown, changed, ended; their deliveries, and what is done about those that fail.
import type { Context } from 'hono';
import { z } from 'zod';
import type { WebhookView } from '../../app/webhook-view.ts';
import { pageQuery } from '../../core/api/page.ts';
import {
  type ApiWebhook,
  deliveriesSchema,
  deliveryViewSchema,
  newWebhookSchema,
  passOverSchema,
  secretSchema,
  webhookChangeSchema,
  webhookPageSchema,
  webhookViewSchema,
} from '../../core/api/webhook.ts';
import { isoTime } from '../../core/model/clock.ts';
import type { Delivery } from '../../core/model/webhook.ts';
import { webhookIdSchema } from '../../core/model/webhook-id.ts';
import type { ApiEnv } from './api-env.ts';
import { body, json, operation, operations } from './operation.ts';
import { isoOrNull, pageOfAll } from './page.ts';
import { ApiProblem } from './problem.ts';
import { done, refused } from './refused.ts';
import { actorOf } from './who-asks.ts';

const tags = ['Webhooks'];
const params = z.object({ webhook: webhookIdSchema });
const one = z.object({ webhook: webhookIdSchema, delivery: z.coerce.number().int().min(1) });
const shown = { 200: json(webhookViewSchema, 'The webhook') };
const sent = { 200: json(deliveryViewSchema, 'What came of it') };

export const webhookOperations = () =>
  operations()
    .openapi(
      operation(
        'admin',
        {
          method: 'get',
          path: '/webhooks',
          operationId: 'listWebhooks',
          summary: 'List webhooks',
          tags,
          request: { query: z.object(pageQuery) },
        },
        { 200: json(webhookPageSchema, 'A page of webhooks') },
      ),
      async (c) => {
        const all = await c.get('services').webhooks.webhooks();
        const { items, next } = pageOfAll(all, ({ id }) => id, c.req.valid('query'));
        return c.json({ items: items.map(webhookShown), next }, 200);
      },
    )
    .openapi(
      operation(
        'admin',
        {
          method: 'post',
          path: '/webhooks',
          operationId: 'createWebhook',
          summary: 'Have a receiver told of events',
          description: 'Deliveries are signed as Standard Webhooks has it, by the secret that is in the answer alone.',
          tags,
          request: { body: body(newWebhookSchema) },
        },
        { 201: json(secretSchema, 'It is told of what happens from now on') },
      ),
      async (c) => {
        const outcome = await c.get('services').webhookCommands.createWebhook(actorOf(c), c.req.valid('json'));
        if (outcome.kind === 'webhook-url-refused') throw urlRefused(outcome.fault);
        const { id, secret } = done(outcome);
        c.header('location', `/api/v1/webhooks/${id}`);
        return c.json({ id, secret }, 201);
      },
    )
    .openapi(
      operation(
        'admin',
        {
          method: 'get',
          path: '/webhooks/{webhook}',
          operationId: 'getWebhook',
          summary: 'A webhook',
          tags,
          request: { params },
        },
        shown,
      ),
      async (c) => c.json(webhookShown(await existingWebhook(c, c.req.valid('param').webhook)), 200),
    )
    .openapi(
      operation(
        'admin',
        {
          method: 'patch',
          path: '/webhooks/{webhook}',
          operationId: 'changeWebhook',
          summary: 'Change, pause or resume a webhook',
          tags,
          request: { params, body: body(webhookChangeSchema) },
        },
        shown,
      ),
      async (c) => {
        const { webhook: id } = c.req.valid('param');
        const { paused, ...change } = c.req.valid('json');
        const { webhookCommands } = c.get('services');
        const now = await existingWebhook(c, id);
        const { name, url, filter } = { ...now, ...change };
        if (Object.keys(change).length > 0) {
          const wanted = { name: name ?? now.name, url: url ?? now.url, filter: filter ?? now.filter };
          const outcome = await webhookCommands.changeWebhook(actorOf(c), id, wanted);
          if (outcome.kind === 'webhook-url-refused') throw urlRefused(outcome.fault);
          done(outcome);
        }
        if (paused === true) done(await webhookCommands.pauseWebhook(actorOf(c), id));
        if (paused === false) done(await webhookCommands.resumeWebhook(actorOf(c), id));
        return c.json(webhookShown(await existingWebhook(c, id)), 200);
      },
    )
    .openapi(
      operation(
        'admin',
        {
          method: 'delete',
          path: '/webhooks/{webhook}',
          operationId: 'deleteWebhook',
          summary: 'End a webhook',
          tags,
          request: { params },
        },
        { 204: { description: 'It is told of nothing any more' } },
      ),
      async (c) => {
        done(await c.get('services').webhookCommands.removeWebhook(actorOf(c), c.req.valid('param').webhook));
        return c.body(null, 204);
      },
    )
    .openapi(
      operation(
        'admin',
        {
          method: 'post',
          path: '/webhooks/{webhook}/rotate',
          operationId: 'rotateWebhookSecret',
          summary: 'Have a new secret sign',
          description: 'The one before signs beside it for a day.',
          tags,
          request: { params },
        },
        { 200: json(secretSchema, 'The new secret') },
      ),
      async (c) => {
        const { webhook: id } = c.req.valid('param');
        const { secret } = done(await c.get('services').webhookCommands.rotateSecret(actorOf(c), id));
        return c.json({ id, secret }, 200);
      },
    )
    .openapi(
      operation(
        'admin',
        {
          method: 'post',
          path: '/webhooks/{webhook}/test',
          operationId: 'testWebhook',
          summary: 'Send one that says that it is a test, and wait for the answer',
          tags,
          request: { params },
        },
        sent,
      ),
      async (c) => {
        const outcome = await c.get('services').webhookCommands.testWebhook(actorOf(c), c.req.valid('param').webhook);
        return c.json(deliveryShown(done(outcome).delivery), 200);
      },
    )
    .openapi(
      operation(
        'admin',
        {
          method: 'get',
          path: '/webhooks/{webhook}/deliveries',
          operationId: 'listDeliveries',
          summary: 'The last deliveries, the newest first',
          tags,
          request: { params },
        },
        { 200: json(deliveriesSchema, 'Those that are kept') },
      ),
      async (c) => {
        const { id } = await existingWebhook(c, c.req.valid('param').webhook);
        const found = await c.get('services').webhooks.deliveries(id);
        return c.json({ items: found.map(deliveryShown) }, 200);
      },
    )
    .openapi(
      operation(
        'admin',
        {
          method: 'post',
          path: '/webhooks/{webhook}/deliveries/{delivery}/resend',
          operationId: 'resendDelivery',
          summary: 'Send a delivery again, under the id that it had',
          tags,
          request: { params: one },
        },
        sent,
      ),
      async (c) => {
        const { webhook, delivery } = c.req.valid('param');
        const outcome = await c.get('services').webhookCommands.resend(actorOf(c), webhook, delivery);
        return c.json(deliveryShown(done(outcome).delivery), 200);
      },
    )
    .openapi(
      operation(
        'admin',
        {
          method: 'post',
          path: '/webhooks/{webhook}/try',
          operationId: 'tryWebhookNow',
          summary: 'Try what waits at once',
          tags,
          request: { params },
        },
        shown,
      ),
      async (c) => {
        const { webhook: id } = c.req.valid('param');
        done(await c.get('services').webhookCommands.tryNow(actorOf(c), id));
        return c.json(webhookShown(await existingWebhook(c, id)), 200);
      },
    )
    .openapi(
      operation(
        'admin',
        {
          method: 'post',
          path: '/webhooks/{webhook}/pass',
          operationId: 'passOverEvent',
          summary: 'Pass the event over that waits, and those before it',
          tags,
          request: { params, body: body(passOverSchema) },
        },
        shown,
      ),
      async (c) => {
        const { webhook: id } = c.req.valid('param');
        done(await c.get('services').webhookCommands.passOver(actorOf(c), id, c.req.valid('json').seq));
        return c.json(webhookShown(await existingWebhook(c, id)), 200);
      },
    );

const urlRefused = (fault: string) => new ApiProblem('invalid-value', fault, { field: 'body.url' });

async function existingWebhook(c: Context<ApiEnv>, id: string): Promise<WebhookView> {
  const found = await c.get('services').webhooks.webhook(id);
  if (!found) throw refused('no-webhook');
  return found;
}

const deliveryShown = ({ v: _, ...delivery }: Delivery) => delivery;

function webhookShown(hook: WebhookView): ApiWebhook {
  const { id, name, url, filter, state, by, paused, disabled, last, waiting, deliveries, secrets, canSign } = hook;
  return {
    ...{ id, name, url, filter, state, by, created_at: isoTime(hook.createdAt), paused_at: isoOrNull(paused?.at) },
    disabled: disabled ? { at: isoTime(disabled.at), reason: disabled.reason } : null,
    failing_since: isoOrNull(hook.failingSince),
    last: last ? { at: isoTime(last.at), ok: last.ok } : null,
    waiting: waiting
      ? { seq: waiting.seq, delivery: waiting.n, tries: waiting.tries, next_at: isoTime(waiting.nextAt) }
      : null,
    ...{ deliveries, can_sign: canSign },
    secrets: secrets.map(({ since, until }) => ({ since: isoTime(since), until: isoOrNull(until) })),
  };
}
