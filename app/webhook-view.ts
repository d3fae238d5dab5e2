// What pages see of webhooks, and what they ask of them: part of the interfaces between pages and server.
import type { Actor } from '../core/model/commit.ts';
import type { Delivery, WebhookFilter, WebhookState } from '../core/model/webhook.ts';
import type { WebhookId } from '../core/model/webhook-id.ts';
import type { AskedWebhook } from '../core/webhook/webhooks.ts';

export interface WebhookView {
  readonly id: WebhookId;
  readonly name: string;
  readonly url: string;
  readonly filter: WebhookFilter;
  readonly state: WebhookState;
  readonly by: string;
  /** milliseconds since 1970, as all times here */
  readonly createdAt: number;
  readonly paused: { readonly by: string; readonly at: number } | undefined;
  readonly disabled: { readonly at: number; readonly reason: string } | undefined;
  /** no attempt has succeeded since */
  readonly failingSince: number | undefined;
  readonly last: { readonly at: number; readonly ok: boolean } | undefined;
  /** the event at whose turn it is was tried in vain; all others wait behind it */
  readonly waiting:
    | { readonly seq: number; readonly n: number; readonly tries: number; readonly nextAt: number }
    | undefined;
  /** so far, also those that are not in the log any more */
  readonly deliveries: number;
  /** that sign now, the newest first; `until`: not for longer */
  readonly secrets: readonly { readonly since: number; readonly until: number | undefined }[];
  /** false: its secret was sealed with another admin token */
  readonly canSign: boolean;
}

export interface WebhookQueries {
  /** by name */
  webhooks(): Promise<readonly WebhookView[]>;
  webhook(id: string): Promise<WebhookView | undefined>;
  /** The last ones, the newest first. */
  deliveries(id: WebhookId): Promise<readonly Delivery[]>;
  /** JSON Schema of what is sent. */
  schema(): object;
  /** how long a secret that was replaced signs beside the new one */
  readonly oldSecretMs: number;
}

export type SentOutcome =
  | { readonly kind: 'webhook-delivered' | 'webhook-refused'; readonly delivery: Delivery }
  | { readonly kind: 'no-webhook' };

/** All throw StoreUnavailableError: whether it was done is unknown, and it may be sent again. */
export interface WebhookCommands {
  /** The secret is returned here, and nowhere else. */
  createWebhook(
    actor: Actor,
    asked: AskedWebhook,
  ): Promise<
    | { readonly kind: 'webhook-made'; readonly id: WebhookId; readonly secret: string }
    | { readonly kind: 'webhook-url-refused'; readonly fault: string }
    | { readonly kind: 'too-many-webhooks' }
  >;
  changeWebhook(
    actor: Actor,
    id: string,
    asked: AskedWebhook,
  ): Promise<
    | { readonly kind: 'webhook-changed' | 'no-webhook' }
    | { readonly kind: 'webhook-url-refused'; readonly fault: string }
  >;
  pauseWebhook(actor: Actor, id: string): Promise<{ readonly kind: 'webhook-paused' | 'webhook-off' | 'no-webhook' }>;
  /** Also one that a server has disabled. */
  resumeWebhook(actor: Actor, id: string): Promise<{ readonly kind: 'webhook-resumed' | 'webhook-on' | 'no-webhook' }>;
  rotateSecret(
    actor: Actor,
    id: string,
  ): Promise<{ readonly kind: 'webhook-rotated'; readonly secret: string } | { readonly kind: 'no-webhook' }>;
  removeWebhook(actor: Actor, id: string): Promise<{ readonly kind: 'webhook-removed' | 'no-webhook' }>;
  /** Sends one that says that it is a test, and waits for the answer. */
  testWebhook(actor: Actor, id: string): Promise<SentOutcome>;
  /** Sends one of the log again, under the id that it had, and waits for the answer. */
  resend(actor: Actor, id: string, n: number): Promise<SentOutcome | { readonly kind: 'no-delivery' }>;
  /** What waits for its next attempt has it now. */
  tryNow(actor: Actor, id: string): Promise<{ readonly kind: 'webhook-nudged' | 'no-webhook' }>;
  /** The event that waits is not delivered, nor any before it. */
  passOver(actor: Actor, id: string, seq: number): Promise<{ readonly kind: 'webhook-passed' | 'no-webhook' }>;
}
