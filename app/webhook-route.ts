// The webhook that an address names.
import type { Context } from 'hono';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import type { WebhookView } from './webhook-view.ts';

/** @throws NotFoundError */
export async function webhookIn(c: Context<AppEnv>, id: string): Promise<WebhookView> {
  const view = await c.get('services').webhooks.webhook(id);
  if (!view) throw new NotFoundError('There is no such webhook (any more).');
  return view;
}
