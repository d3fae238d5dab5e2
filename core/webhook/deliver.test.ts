// Deliveries on stores in memory, where days of waiting take no time: order, retries, what ends a webhook, and what a person
// has done about one that waits.
import { expect, test } from 'vitest';
import { assert } from '../model/assert.ts';
import { isoTime } from '../model/clock.ts';
import type { Delivery } from '../model/webhook.ts';
import type { WebhookId } from '../model/webhook-id.ts';
import { anEvent, readUntil, someEvents } from '../store/event-log.contract.ts';
import { ACTOR } from '../testing/test-project.ts';
import { DISABLE_AFTER_MS, HookDelivery } from './deliver.ts';
import { sendOnce } from './send-once.ts';
import { readDelivery, readStanding } from './standing.ts';
import { answered, ok, type Received, webhookWorks } from './webhook.fakes.ts';
import {
  changeWebhook,
  moveWebhook,
  passOver,
  pauseWebhook,
  readWebhook,
  removeWebhook,
  resumeWebhook,
  rotateSecret,
} from './webhooks.ts';

type Works = ReturnType<typeof webhookWorks>;

/** Delivers until `until` says so, which is asked after each thing that is written about the webhook. */
async function deliver(works: Works, id: WebhookId, until: () => Promise<boolean> | boolean): Promise<void> {
  const stop = new AbortController();
  const webhook = await readWebhook(works.io.records, id);
  assert(webhook, 'it was made');
  const running = new HookDelivery(works.io, webhook).run(stop.signal);
  for await (const _ of works.io.records.watch('>', { signal: stop.signal })) if (await until()) stop.abort();
  await running;
}

const eventIds = (received: readonly Received[]) =>
  received.map(({ body }) => (JSON.parse(body) as { data: { id: string } }).data.id);

async function log(works: Works, id: WebhookId): Promise<Delivery[]> {
  const found: Delivery[] = [];
  const { count } = await readStanding(works.io.records, id);
  for (let n = 1; n <= count; n++) {
    const delivery = await readDelivery(works.io.records, id, n);
    if (delivery) found.push(delivery);
  }
  return found;
}

const settled = (works: Works, id: WebhookId, event: string) => async () =>
  (await readStanding(works.io.records, id)).settled?.event === event;

test('events that came after the webhook are delivered, each once and in order, and are in its log', async () => {
  const works = webhookWorks();
  await works.io.events.publish(someEvents(3, 'before'));
  const { webhook } = await works.hook();
  await works.io.events.publish(someEvents(150));
  await deliver(works, webhook.id, settled(works, webhook.id, 'e149'));
  expect(eventIds(works.received)).toEqual(someEvents(150).map(({ id }) => id));
  const kept = await log(works, webhook.id);
  expect(kept).toHaveLength(100);
  expect(kept.at(-1)).toMatchObject({ n: 150, state: 'delivered', tries: 1, attempts: [{ status: 204 }] });
  expect(kept.at(-1)?.body).toBe(works.received.at(-1)?.body);
});

test('what failed is tried again, later and later, under the same id and a new signature; what is behind it waits', async () => {
  const works = webhookWorks((count) => (count <= 4 ? answered(503) : ok));
  const { webhook } = await works.hook();
  await works.io.events.publish(someEvents(2));
  await deliver(works, webhook.id, settled(works, webhook.id, 'e1'));
  expect(eventIds(works.received)).toEqual(['e0', 'e0', 'e0', 'e0', 'e0', 'e1']);
  const tries = works.received.slice(0, 5).map(({ headers }) => headers);
  expect(new Set(tries.map((headers) => headers['webhook-id'])).size).toBe(1);
  expect(new Set(tries.map((headers) => headers['webhook-signature'])).size).toBe(5);
  const at = tries.map((headers) => Number(headers['webhook-timestamp']));
  expect(at.slice(1).map((each, i) => each - (at[i] ?? 0))).toEqual([5, 10, 20, 40]);
  const [first] = await log(works, webhook.id);
  expect(first).toMatchObject({ n: 1, state: 'delivered', tries: 5 });
  expect(first?.next).toBeUndefined();
  expect(first?.attempts.map(({ error }) => error)).toEqual([...Array(4).fill('it answered 503'), undefined]);
  expect(await readStanding(works.io.records, webhook.id)).toMatchObject({ count: 2, last: { ok: true } });
});

test('one that failed for five days is disabled, which is told by an event; resumed, it goes on where it was', async () => {
  let isWell = false;
  const works = webhookWorks(() => (isWell ? ok : { kind: 'failed', reason: 'nothing listens there' }));
  const { webhook } = await works.hook({ url: 'https://hooks.example.net/secret-path', name: 'to the wiki' });
  await works.io.events.publish(someEvents(2));
  const record = () => readWebhook(works.io.records, webhook.id);
  const from = works.io.clock.now();
  await deliver(works, webhook.id, async () => (await record())?.disabled !== undefined);
  expect(works.io.clock.now() - from).toBeGreaterThanOrEqual(DISABLE_AFTER_MS);
  expect(new Set(eventIds(works.received))).toEqual(new Set(['e0']));
  const told = await readUntil(works.io.events, {}, (seen) => seen.at(-1)?.kind === 'caught-up');
  const [event] = told.flatMap((each) =>
    each.kind === 'event' && each.event.type === 'WebhookDisabled' ? [each.event] : [],
  );
  expect(event?.payload).toMatchObject({
    name: 'to the wiki',
    host: 'hooks.example.net',
    reason: 'nothing listens there',
  });
  expect(JSON.stringify(event)).not.toContain('secret-path');

  isWell = true;
  await resumeWebhook(works.io, webhook.id);
  const standing = await readStanding(works.io.records, webhook.id);
  expect(standing.failing_since).toBeUndefined();
  expect(standing.waiting?.next).toBe(isoTime(works.io.clock.now()));
  await deliver(works, webhook.id, settled(works, webhook.id, event?.id ?? ''));
  expect(eventIds(works.received).slice(-3)).toEqual(['e0', 'e1', event?.id]);
});

test('a receiver that says that it wants no more is not asked again', async () => {
  const works = webhookWorks(() => answered(410));
  const { webhook } = await works.hook();
  await works.io.events.publish(someEvents(1));
  const record = () => readWebhook(works.io.records, webhook.id);
  await deliver(works, webhook.id, async () => (await record())?.disabled !== undefined);
  expect(works.received).toHaveLength(1);
  expect((await record())?.disabled?.reason).toContain('410');
});

test('what waits is tried at once, and at the new address, when a person changes it', async () => {
  const works = webhookWorks((count) => (count === 1 ? answered(500) : ok));
  const { webhook } = await works.hook();
  await works.io.events.publish(someEvents(1));
  const stop = new AbortController();
  // Time stands still: only the change can wake it.
  const still = { ...works.io.clock, sleep: (_: number, signal?: AbortSignal) => untilAborted(signal) };
  const delivery = new HookDelivery({ ...works.io, clock: still }, webhook);
  const running = delivery.run(stop.signal);
  for await (const _ of works.io.records.watch('>', { signal: stop.signal })) {
    const { waiting, settled: done } = await readStanding(works.io.records, webhook.id);
    if (waiting && works.received.length === 1) {
      const moved = await changeWebhook(works.io, webhook.id, { ...webhook, url: 'https://hooks.example.net/b' });
      if (moved) delivery.update(moved.webhook);
    }
    if (done) stop.abort();
  }
  await running;
  expect(works.received.map(({ url }) => url)).toEqual(['https://hooks.example.net/a', 'https://hooks.example.net/b']);
});

const untilAborted = (signal: AbortSignal | undefined) =>
  new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }));

test('an event that is passed over is never sent again, and its log says so', async () => {
  const works = webhookWorks((count) => (count <= 2 ? answered(400) : ok));
  const { webhook } = await works.hook();
  await works.io.events.publish(someEvents(2));
  await deliver(works, webhook.id, async () => (await readStanding(works.io.records, webhook.id)).waiting?.tries === 2);
  const { waiting } = await readStanding(works.io.records, webhook.id);
  assert(waiting, 'it waits');
  await passOver(works.io, webhook.id, waiting.seq);
  await deliver(works, webhook.id, settled(works, webhook.id, 'e1'));
  expect(eventIds(works.received)).toEqual(['e0', 'e0', 'e1']);
  expect((await log(works, webhook.id)).map(({ state }) => state)).toEqual(['passed', 'delivered']);
});

test('only what it wants is sent, also when it wants something else by now', async () => {
  const works = webhookWorks();
  const { webhook } = await works.hook({ filter: { types: ['ObjectEvicted'] } });
  await works.io.events.publish([anEvent('a'), anEvent('b', { type: 'ObjectEvicted' })]);
  await deliver(works, webhook.id, settled(works, webhook.id, 'b'));
  await works.io.events.publish([anEvent('c', { type: 'ObjectEvicted' }), anEvent('d')]);
  await changeWebhook(works.io, webhook.id, { ...webhook, filter: { types: ['ObjectCreated'] } });
  await deliver(works, webhook.id, settled(works, webhook.id, 'd'));
  expect(eventIds(works.received)).toEqual(['b', 'd']);
});

test('who dies after the answer and before its record leaves the event to be sent again, under the same id', async () => {
  const works = webhookWorks();
  const { webhook } = await works.hook();
  await works.io.events.publish(someEvents(1));
  const dying = { ...works.io.records, compareAndSet: () => Promise.reject(new Error('killed')) };
  await expect(
    new HookDelivery({ ...works.io, records: dying }, webhook).run(new AbortController().signal),
  ).rejects.toThrow('killed');
  await deliver(works, webhook.id, settled(works, webhook.id, 'e0'));
  expect(works.received).toHaveLength(2);
  expect(works.received[0]?.headers['webhook-id']).toBe(works.received[1]?.headers['webhook-id']);
});

test('a test and a resend are sent at once, beside the order, and are in the log; the resend has the id that it had', async () => {
  const works = webhookWorks();
  const { webhook } = await works.hook();
  const { signal } = new AbortController();
  const message = { id: 'msg_1', type: 'PathCreated', body: '{}' };
  await sendOnce(works.io, webhook, 'resend', { message, seq: 7 }, signal);
  const refused = webhookWorks(() => answered(404));
  const refusal = await sendOnce({ ...works.io, post: refused.io.post }, webhook, 'test', { message }, signal);
  expect(refusal).toMatchObject({ n: 2, state: 'failed', attempts: [{ status: 404, answer: 'says 404' }] });
  expect(works.received[0]?.headers['webhook-id']).toBe('msg_1');
  expect((await log(works, webhook.id)).map(({ about }) => about)).toEqual(['resend', 'test']);
});

test('a secret that another key has sealed sends nothing, and says so; a new one sends again', async () => {
  const works = webhookWorks();
  const { webhook } = await works.hook();
  await works.io.events.publish(someEvents(1));
  works.io.unseal = () => undefined;
  await deliver(
    works,
    webhook.id,
    async () => (await readStanding(works.io.records, webhook.id)).waiting !== undefined,
  );
  expect(works.received).toEqual([]);
  expect((await log(works, webhook.id))[0]?.attempts[0]?.error).toContain('FS_ADMIN_TOKEN');
});

test('a rotated secret signs beside the new one for a day, and at most three sign', async () => {
  const works = webhookWorks();
  const { webhook, secret } = await works.hook();
  const second = await rotateSecret(works.io, webhook.id);
  expect(second).not.toBe(secret);
  await rotateSecret(works.io, webhook.id);
  await rotateSecret(works.io, webhook.id);
  const now = await readWebhook(works.io.records, webhook.id);
  expect(now?.secrets.map(({ until }) => until !== undefined)).toEqual([false, true, true]);
  expect(works.io.unseal(now?.secrets[2]?.sealed ?? '')).toBe(second);
  expect(JSON.stringify(now)).not.toContain(secret);
  expect(await rotateSecret(works.io, '*')).toBeUndefined();
});

test('a paused one is neither disabled nor paused again, and one that is removed leaves nothing behind', async () => {
  const works = webhookWorks();
  const { webhook } = await works.hook();
  await works.io.events.publish(someEvents(3));
  await deliver(works, webhook.id, settled(works, webhook.id, 'e2'));
  expect((await pauseWebhook(works.io, webhook.id, ACTOR))?.isChanged).toBe(true);
  expect((await pauseWebhook(works.io, webhook.id, ACTOR))?.isChanged).toBe(false);
  expect((await resumeWebhook(works.io, webhook.id))?.webhook.paused).toBeUndefined();
  expect(await removeWebhook(works.io, webhook.id)).toBe(true);
  expect(await removeWebhook(works.io, webhook.id)).toBe(false);
  const left: string[] = [];
  for await (const key of works.io.records.keys('>')) left.push(key);
  expect(left).toEqual([]);
  expect(await moveWebhook(works.io.records, webhook.id, (now) => now)).toBeUndefined();
});

test('there are at most 50', async () => {
  const works = webhookWorks();
  for (let i = 0; i < 50; i++) await works.hook({ name: isoTime(i) });
  await expect(works.hook()).rejects.toThrow('there is room for it');
});
