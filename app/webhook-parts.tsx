// What the list and the page of a webhook have in common: how it stands, what it is told, how a delivery went.
import { Chip } from '../components/chip.tsx';
import { fewOf } from '../components/format.ts';
import type { Delivery, WebhookFilter, WebhookState } from '../core/model/webhook.ts';

export function WebhookStateChip({ state }: { state: WebhookState }) {
  switch (state) {
    case 'active':
      return <Chip tone="good" icon="check" word="Active" />;
    case 'failing':
      return <Chip tone="warn" icon="triangle-alert" word="Failing" title="It is tried again and again" />;
    case 'paused':
      return <Chip tone="neutral" icon="pause" word="Paused" />;
    case 'disabled':
      return <Chip tone="bad" icon="circle-off" word="Disabled" title="Nothing is sent any more" />;
  }
}

export function DeliveryChip({ state }: Pick<Delivery, 'state'>) {
  switch (state) {
    case 'delivered':
      return <Chip tone="good" icon="check" word="Delivered" />;
    case 'waiting':
      return <Chip tone="warn" icon="clock" word="Waits" />;
    case 'failed':
      return <Chip tone="bad" icon="triangle-alert" word="Failed" />;
    case 'passed':
      return <Chip tone="neutral" icon="circle-off" word="Passed over" />;
  }
}

/** `all events`, or what it takes of them */
export function filterText({ projects, types, prefix }: WebhookFilter): string {
  const words = [
    projects === undefined ? '' : `of ${fewOf(projects)}`,
    prefix === undefined ? '' : `below ${prefix}`,
  ].filter((word) => word !== '');
  const what = types === undefined ? (prefix === undefined ? 'all events' : 'events') : fewOf(types);
  return [what, ...words].join(' ');
}
