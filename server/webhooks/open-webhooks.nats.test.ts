// Webhooks as pages see and ask of them, on a real nats-server and a real receiver.
import { Webhook as Verifier } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { FakeAudit } from '../../app/testing/fake-audit.ts';
import { assert } from '../../core/model/assert.ts';
import { systemClock } from '../../core/model/clock.ts';
import { silentLog } from '../../core/model/log.ts';
import { someEvents } from '../../core/store/event-log.contract.ts';
import { natsEventLog } from '../../core/store/nats-event-log.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { webhooksBucket } from '../../core/store/nats-names.ts';
import { ensureTenant } from '../../core/store/nats-setup.ts';
import { useNats } from '../../core/testing/use-nats.ts';
import { startReceiver } from '../../core/webhook/receiver.fakes.ts';
import { openWebhooks } from './open-webhooks.ts';

const ADA = { kind: 'user', id: 'ada' } as const;

const nats = useNats();

async function openServer(change: { readonly allowPrivate?: boolean } = {}) {
  const tenant = nats.rig.freshTenant();
  await ensureTenant(nats.link, tenant, { shards: 1 });
  const stop = new AbortController();
  const waiting = new Set<() => void>();
  const records = natsKeyValue(nats.link, webhooksBucket(tenant));
  const events = natsEventLog(nats.link, tenant);
  const io = { tenant, records, events, adminToken: 'a token of sixteen', allowPrivate: true, clock: systemClock };
  const webhooks = openWebhooks(
    { ...io, audit: new FakeAudit(systemClock.now()), log: silentLog, ...change },
    () => {
      for (const look of waiting) look();
    },
    stop.signal,
  );
  const running = [webhooks.follow(), webhooks.deliver()];
  /** Looks again whenever pages are told that something changed. */
  const until = (isSo: () => Promise<boolean>) =>
    new Promise<void>((resolve, reject) => {
      const look = () =>
        void isSo().then((so) => {
          if (!so) return;
          waiting.delete(look);
          resolve();
        }, reject);
      waiting.add(look);
      look();
    });
  const end = async () => {
    stop.abort(new Error('the server stops'));
    await Promise.all(running);
  };
  return { ...webhooks, records, events, until, end };
}

const ASKED = { name: 'to the wiki', filter: {} };

test('a webhook is made with a secret that is shown once and kept sealed, is tested, delivers, and is listed with what it did', async () => {
  const { commands, queries, records, events, until, end } = await openServer();
  const receiver = await startReceiver((answer) => answer.writeHead(200).end('thanks'));
  const made = await commands.createWebhook(ADA, { ...ASKED, url: receiver.url });
  assert(made.kind === 'webhook-made', 'its address is taken');
  const { id, secret } = made;
  for await (const key of records.keys('>'))
    expect(Buffer.from((await records.get(key))?.value ?? []).toString()).not.toContain(secret.slice(6));

  const tested = await commands.testWebhook(ADA, id);
  expect(tested).toMatchObject({
    kind: 'webhook-delivered',
    delivery: { n: 1, attempts: [{ status: 200, answer: 'thanks' }] },
  });
  const [got] = receiver.delivered;
  const body = new Verifier(secret).verify(got?.body ?? '', got?.headers as Record<string, string>);
  expect(body).toMatchObject({ type: 'WebhookTest', data: { webhook: id } });

  await events.publish(someEvents(2));
  await until(async () => (await queries.deliveries(id)).length === 3);
  expect((await queries.deliveries(id)).map(({ about, state }) => `${about} ${state}`)).toEqual([
    'event delivered',
    'event delivered',
    'test delivered',
  ]);
  expect(await commands.resend(ADA, id, 2)).toMatchObject({
    kind: 'webhook-delivered',
    delivery: { n: 4, about: 'resend' },
  });
  expect(receiver.delivered[3]?.headers['webhook-id']).toBe(receiver.delivered[1]?.headers['webhook-id']);
  expect(await commands.resend(ADA, id, 99)).toEqual({ kind: 'no-delivery' });
  expect(await queries.webhook(id)).toMatchObject({ state: 'active', deliveries: 4, canSign: true, by: 'ada' });

  const rotated = await commands.rotateSecret(ADA, id);
  assert(rotated.kind === 'webhook-rotated', 'it is there');
  await commands.testWebhook(ADA, id);
  const last = receiver.delivered.at(-1);
  for (const each of [secret, rotated.secret])
    expect(new Verifier(each).verify(last?.body ?? '', last?.headers as Record<string, string>)).toBeDefined();

  expect(await commands.removeWebhook(ADA, id)).toEqual({ kind: 'webhook-removed' });
  await until(async () => (await queries.webhooks()).length === 0 && (await queries.deliveries(id)).length === 0);
  expect(await commands.testWebhook(ADA, id)).toEqual({ kind: 'no-webhook' });
  await end();
});

test('where private addresses are not allowed, none can be given, and one that was given before gets nothing', async () => {
  const { commands, end } = await openServer({ allowPrivate: false });
  const receiver = await startReceiver();
  expect(await commands.createWebhook(ADA, { ...ASKED, url: 'https://10.0.0.1/' })).toMatchObject({
    kind: 'webhook-url-refused',
    fault: expect.stringContaining('10.0.0.1 is no public address'),
  });
  const { port } = new URL(receiver.url);
  const made = await commands.createWebhook(ADA, { ...ASKED, url: `https://localhost:${port}/` });
  assert(made.kind === 'webhook-made', 'what a name means is looked up when it is sent to');
  const sent = await commands.testWebhook(ADA, made.id);
  assert(sent.kind === 'webhook-refused', 'it leads to this machine');
  expect(sent.delivery.attempts[0]?.error).toContain('is no public address');
  expect(receiver.delivered).toEqual([]);
  await end();
});

test('what waits is shown with when it is tried again; it is tried at once, or passed over, when somebody says so', async () => {
  const { commands, queries, events, until, end } = await openServer();
  let status = 500;
  const receiver = await startReceiver((answer) => answer.writeHead(status).end('no'));
  const made = await commands.createWebhook(ADA, { ...ASKED, url: receiver.url });
  assert(made.kind === 'webhook-made', 'its address is taken');
  const { id } = made;
  const view = () => queries.webhook(id);
  await events.publish(someEvents(2));
  await until(async () => (await view())?.waiting?.tries === 1);
  expect(await view()).toMatchObject({ state: 'failing', last: { ok: false } });
  await commands.tryNow(ADA, id);
  await until(async () => (await view())?.waiting?.tries === 2);
  status = 200;
  await commands.passOver(ADA, id, (await view())?.waiting?.seq ?? 0);
  await until(async () => (await queries.deliveries(id)).length === 2);
  expect((await queries.deliveries(id)).map(({ state }) => state)).toEqual(['delivered', 'passed']);
  expect(await commands.pauseWebhook(ADA, id)).toEqual({ kind: 'webhook-paused' });
  expect(await commands.pauseWebhook(ADA, id)).toEqual({ kind: 'webhook-off' });
  expect(await view()).toMatchObject({ state: 'paused', paused: { by: 'ada' } });
  expect(await commands.resumeWebhook(ADA, id)).toEqual({ kind: 'webhook-resumed' });
  expect(await commands.resumeWebhook(ADA, id)).toEqual({ kind: 'webhook-on' });
  await end();
});
