// Webhooks on stores in memory: a receiver that answers as a test says, a clock that passes when nobody has anything to do,
// and secrets that are hidden by being turned round.
import { assert } from '../model/assert.ts';
import type { Tenant } from '../model/ids.ts';
import { parseTenant } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import type { Webhook } from '../model/webhook.ts';
import { ByteBudget } from '../store/byte-budget.ts';
import { memoryEventLog } from '../store/memory-event-log.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { ACTOR } from '../testing/test-project.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import type { PostAnswer } from './attempt.ts';
import { type AskedWebhook, createWebhook } from './webhooks.ts';

export interface Received {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export const ok: PostAnswer = { kind: 'answered', status: 204, text: '' };
export const answered = (status: number): PostAnswer => ({ kind: 'answered', status, text: `says ${status}` });

const turned = (text: string): string => [...text].reverse().join('');

/** @param respond  what the receiver answers, for the count of what it got so far, from 1 */
export function webhookWorks(respond: (count: number) => PostAnswer | Promise<PostAnswer> = () => ok) {
  const received: Received[] = [];
  const clock = virtualClock();
  const io = {
    tenant: parseTenant('default') as Tenant,
    records: memoryKeyValue(),
    events: memoryEventLog({ clock }),
    clock,
    log: silentLog,
    slots: new ByteBudget(4),
    random: () => 1,
    seal: turned,
    unseal: (sealed: string): string | undefined => turned(sealed),
    async post(url: string, headers: object, body: string): Promise<PostAnswer> {
      received.push({ url, headers: { ...headers } as Record<string, string>, body });
      return respond(received.length);
    },
  };
  return {
    io,
    received,
    async hook(asked: Partial<AskedWebhook> = {}): Promise<{ readonly webhook: Webhook; readonly secret: string }> {
      const outcome = await createWebhook(
        io,
        { name: 'a hook', url: 'https://hooks.example.net/a', filter: {}, ...asked },
        ACTOR,
      );
      assert(outcome.kind === 'created', 'there is room for it');
      return outcome;
    },
  };
}
