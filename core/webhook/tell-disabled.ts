// The event of a webhook that a server has stopped to deliver to. Its id follows from when the failures began, so that told
// twice is told once.
import type { FsEvent } from '../model/event.ts';
import { shaOf, type Tenant } from '../model/ids.ts';
import type { Webhook } from '../model/webhook.ts';
import type { EventLog } from '../store/event-log.ts';

/** @param failingSince  as its standing says
 *  @throws StoreUnavailableError */
export async function tellDisabled(
  { tenant, events }: { readonly tenant: Tenant; readonly events: Pick<EventLog, 'publish'> },
  { id, name, url }: Webhook,
  { ts, reason }: NonNullable<Webhook['disabled']>,
  failingSince: string,
): Promise<void> {
  const trace = shaOf(`webhook ${id}`);
  const event: FsEvent = {
    id: `webhook-${id}-disabled-${Date.parse(failingSince)}`,
    ts,
    type: 'WebhookDisabled',
    tenant,
    actor: { kind: 'system', id: 'webhooks' },
    payload: { webhook: id, name, host: new URL(url).host, reason, failing_since: failingSince },
    trace: { traceparent: `00-${trace.slice(0, 32)}-${trace.slice(32, 48)}-01`, correlation_id: `webhook-${id}` },
  };
  await events.publish([event]);
}
