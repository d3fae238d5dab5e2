// Webhooks that exist only in memory, for tests of their pages: what is asked is noted, what comes of it is what a test says.
import type { Delivery } from '../../core/model/webhook.ts';
import type { WebhookId } from '../../core/model/webhook-id.ts';
import type { WebhookCommands, WebhookQueries, WebhookView } from '../webhook-view.ts';

const NOW = Date.UTC(2026, 5, 1, 12, 0, 0);
const DAY_MS = 24 * 3_600_000;

export function fakeWebhook(id: string, change: Partial<WebhookView> = {}): WebhookView {
  return {
    id: id.padEnd(20, '0') as WebhookId,
    name: 'to the wiki',
    url: 'https://hooks.example.net/files',
    filter: {},
    state: 'active',
    by: 'ada',
    createdAt: NOW - DAY_MS,
    paused: undefined,
    disabled: undefined,
    failingSince: undefined,
    last: { at: NOW - 60_000, ok: true },
    waiting: undefined,
    deliveries: 1,
    secrets: [{ since: NOW - DAY_MS, until: undefined }],
    canSign: true,
    ...change,
  };
}

export function fakeDelivery(n: number, change: Partial<Delivery> = {}): Delivery {
  return {
    v: 1,
    n,
    about: 'event',
    state: 'delivered',
    message: `msg_${String(n).padStart(40, '0')}`,
    type: 'PathUpdated',
    seq: 100 + n,
    tries: 1,
    attempts: [{ ts: new Date(NOW - 60_000).toISOString(), ms: 34, status: 200, answer: 'thanks' }],
    body: JSON.stringify({ type: 'PathUpdated', timestamp: new Date(NOW - 60_000).toISOString(), data: { n } }),
    ...change,
  };
}

type Outcomes = { -readonly [K in keyof WebhookCommands]: Awaited<ReturnType<WebhookCommands[K]>> };

export class FakeWebhooks implements WebhookQueries {
  readonly oldSecretMs = DAY_MS;
  made: readonly WebhookView[] = [];
  /** of every webhook, the newest first */
  log: readonly Delivery[] = [];
  /** what the commands were asked, the newest last */
  readonly asked: unknown[][] = [];
  /** what they answer */
  readonly outcomes: Outcomes = {
    createWebhook: { kind: 'webhook-made', id: 'a'.repeat(20) as WebhookId, secret: 'whsec_shown-once' },
    changeWebhook: { kind: 'webhook-changed' },
    pauseWebhook: { kind: 'webhook-paused' },
    resumeWebhook: { kind: 'webhook-resumed' },
    rotateSecret: { kind: 'webhook-rotated', secret: 'whsec_the-new-one' },
    removeWebhook: { kind: 'webhook-removed' },
    testWebhook: { kind: 'webhook-delivered', delivery: fakeDelivery(1, { about: 'test' }) },
    resend: { kind: 'webhook-delivered', delivery: fakeDelivery(2, { about: 'resend' }) },
    tryNow: { kind: 'webhook-nudged' },
    passOver: { kind: 'webhook-passed' },
  };

  readonly commands: WebhookCommands = {
    createWebhook: (...asked) => this.#answer('createWebhook', asked),
    changeWebhook: (...asked) => this.#answer('changeWebhook', asked),
    pauseWebhook: (...asked) => this.#answer('pauseWebhook', asked),
    resumeWebhook: (...asked) => this.#answer('resumeWebhook', asked),
    rotateSecret: (...asked) => this.#answer('rotateSecret', asked),
    removeWebhook: (...asked) => this.#answer('removeWebhook', asked),
    testWebhook: (...asked) => this.#answer('testWebhook', asked),
    resend: (...asked) => this.#answer('resend', asked),
    tryNow: (...asked) => this.#answer('tryNow', asked),
    passOver: (...asked) => this.#answer('passOver', asked),
  };

  async #answer<K extends keyof WebhookCommands>(name: K, asked: readonly unknown[]): Promise<Outcomes[K]> {
    this.asked.push([name, ...asked]);
    return this.outcomes[name];
  }

  async webhooks(): Promise<readonly WebhookView[]> {
    return this.made;
  }

  async webhook(id: string): Promise<WebhookView | undefined> {
    return this.made.find((one) => one.id === id);
  }

  async deliveries(): Promise<readonly Delivery[]> {
    return this.log;
  }

  schema(): object {
    return { type: 'object' };
  }
}
