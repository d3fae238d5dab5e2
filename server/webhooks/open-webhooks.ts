// Webhooks, put together: their records followed, deliveries made, what pages see and ask of them.
import type { WebhookCommands, WebhookQueries } from '../../app/webhook-view.ts';
import type { Audit } from '../../core/audit/audit-trail.ts';
import type { Clock } from '../../core/model/clock.ts';
import type { Tenant } from '../../core/model/ids.ts';
import type { Log } from '../../core/model/log.ts';
import { ByteBudget } from '../../core/store/byte-budget.ts';
import type { EventLog } from '../../core/store/event-log.ts';
import type { KeyValue } from '../../core/store/key-value.ts';
import { auditedWebhooks } from '../audited-commands.ts';
import { sealer, serverKey } from '../sealer.ts';
import { WebhookBoard } from './board.ts';
import { webhookCommands } from './commands.ts';
import { httpPost } from './post.ts';
import { runWebhooks } from './run-webhooks.ts';

/** Attempts at once on this server, over all webhooks. */
const CONCURRENCY = 16;

export interface WebhooksIo {
  readonly tenant: Tenant;
  readonly records: KeyValue;
  readonly events: EventLog;
  readonly adminToken: string;
  readonly allowPrivate: boolean;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Webhooks {
  readonly queries: WebhookQueries;
  readonly commands: WebhookCommands;
  /** Both run until the signal aborts. */
  follow(): Promise<void>;
  deliver(): Promise<void>;
}

/** @param changed  one is another now, or was delivered to */
export function openWebhooks(io: WebhooksIo, changed: () => void, signal: AbortSignal): Webhooks {
  const parts = {
    ...io,
    ...sealer(serverKey('sealed secrets of webhooks', io.adminToken)),
    post: httpPost({ allowPrivate: io.allowPrivate }),
    slots: new ByteBudget(CONCURRENCY),
    random: Math.random,
    signal,
  };
  const board = new WebhookBoard(parts, changed);
  return {
    queries: board,
    commands: auditedWebhooks(
      webhookCommands({ ...parts, wrote: (id, delivery) => board.wrote(id, delivery) }),
      io.audit,
    ),
    follow: () => board.follow(signal),
    deliver: () => runWebhooks(parts, signal),
  };
}
