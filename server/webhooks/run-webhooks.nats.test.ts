// Webhooks on a real nats-server and real receivers: the order with two servers at work, a server that goes and one that comes,
// and what people change meanwhile.
import { Webhook as Verifier } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { assert } from '../../core/model/assert.ts';
import { systemClock } from '../../core/model/clock.ts';
import { silentLog } from '../../core/model/log.ts';
import type { WebhookFilter, WebhookStanding } from '../../core/model/webhook.ts';
import type { WebhookId } from '../../core/model/webhook-id.ts';
import { ByteBudget } from '../../core/store/byte-budget.ts';
import { someEvents } from '../../core/store/event-log.contract.ts';
import { natsEventLog } from '../../core/store/nats-event-log.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { webhooksBucket } from '../../core/store/nats-names.ts';
import { ensureTenant } from '../../core/store/nats-setup.ts';
import { ACTOR } from '../../core/testing/test-project.ts';
import { useNats } from '../../core/testing/use-nats.ts';
import { consumerOf } from '../../core/webhook/deliver.ts';
import { type Receiver, startReceiver } from '../../core/webhook/receiver.fakes.ts';
import { moveStanding, readStanding } from '../../core/webhook/standing.ts';
import { createWebhook, pauseWebhook, readWebhook, removeWebhook, resumeWebhook } from '../../core/webhook/webhooks.ts';
import { httpPost } from './post.ts';
import { type RunWebhooksIo, runWebhooks } from './run-webhooks.ts';

const nats = useNats();

async function openTenant() {
  const tenant = nats.rig.freshTenant();
  await ensureTenant(nats.link, tenant, { shards: 1 });
  const events = natsEventLog(nats.link, tenant);
  const io: RunWebhooksIo & { seal(secret: string): string } = {
    tenant,
    events,
    records: natsKeyValue(nats.link, webhooksBucket(tenant)),
    clock: systemClock,
    log: silentLog,
    slots: new ByteBudget(16),
    random: () => 0,
    post: httpPost({ allowPrivate: true }),
    seal: (secret) => secret,
    unseal: (sealed) => sealed,
  };
  const records = natsKeyValue(nats.link, webhooksBucket(tenant));
  const all = { ...io, events, records };
  const hook = async (url: string, filter: WebhookFilter = {}) => {
    const outcome = await createWebhook(all, { name: 'a hook', url, filter }, ACTOR);
    assert(outcome.kind === 'created', 'there is room');
    return { id: outcome.webhook.id, secret: outcome.secret };
  };
  /** One more server. */
  const serve = (change: Partial<RunWebhooksIo> = {}) => {
    const stop = new AbortController();
    const running = runWebhooks({ ...io, ...change }, stop.signal);
    return async () => {
      stop.abort(new Error('the server stops'));
      await running;
    };
  };
  const until = async (id: WebhookId, isSo: (standing: WebhookStanding) => boolean) => {
    const stop = new AbortController();
    for await (const _ of records.watch(`standing.${id}`, { signal: stop.signal }))
      if (isSo(await readStanding(records, id))) stop.abort();
  };
  return { io: all, hook, serve, until };
}

const idsOf = ({ delivered }: Receiver) =>
  delivered.map(({ body }) => (JSON.parse(body) as { data: { id: string } }).data.id);

test('two servers deliver each event once, in order and one at a time, signed as the reference library verifies it', async () => {
  const { io, hook, serve, until } = await openTenant();
  let open = 0;
  let most = 0;
  const receiver = await startReceiver(async (answer) => {
    most = Math.max(most, ++open);
    await new Promise((resolve) => setImmediate(resolve));
    open -= 1;
    answer.writeHead(200).end('thanks');
  });
  const { id, secret } = await hook(receiver.url);
  const ends = [serve(), serve()];
  await io.events.publish(someEvents(60));
  await until(id, ({ settled }) => settled?.event === 'e59');
  expect(idsOf(receiver)).toEqual(someEvents(60).map((event) => event.id));
  expect(most).toBe(1);
  for (const { body, headers } of receiver.delivered)
    expect(new Verifier(secret).verify(body, headers as Record<string, string>)).toEqual(JSON.parse(body));
  await Promise.all(ends.map((end) => end()));
});

test('a server that stops gives back what it holds, and the next one goes on where it was, with the attempts there were', async () => {
  const { io, hook, serve, until } = await openTenant();
  let isWell = false;
  const receiver = await startReceiver((answer) => answer.writeHead(isWell ? 204 : 500).end());
  const { id } = await hook(receiver.url);
  const end = serve();
  await io.events.publish(someEvents(3));
  await until(id, ({ waiting }) => waiting?.tries === 1);
  await end();
  isWell = true;
  const next = new Date(0).toISOString();
  await moveStanding(io.records, id, ({ waiting, ...now }) => ({
    ...now,
    ...(waiting && { waiting: { ...waiting, next } }),
  }));
  const endOther = serve();
  await until(id, ({ settled }) => settled?.event === 'e2');
  expect(idsOf(receiver)).toEqual(['e0', 'e0', 'e1', 'e2']);
  const [first, again] = receiver.delivered;
  expect(again?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  await endOther();
});

test('a receiver that fails holds nothing up but itself; paused and resumed it goes on where it was', async () => {
  const { io, hook, serve, until } = await openTenant();
  let isWell = false;
  const bad = await startReceiver((answer) => answer.writeHead(isWell ? 204 : 503).end());
  const good = await startReceiver();
  const [failing, other] = [await hook(bad.url), await hook(good.url, { types: ['ObjectCreated'] })];
  const end = serve();
  await io.events.publish(someEvents(5));
  await until(other.id, ({ settled }) => settled?.event === 'e4');
  await until(failing.id, ({ waiting }) => waiting !== undefined);
  expect(idsOf(good)).toEqual(someEvents(5).map((event) => event.id));
  await pauseWebhook(io, failing.id, ACTOR);
  isWell = true;
  await resumeWebhook(io, failing.id);
  await until(failing.id, ({ settled }) => settled?.event === 'e4');
  expect(idsOf(bad)).toEqual(['e0', 'e0', 'e1', 'e2', 'e3', 'e4']);
  expect((await readWebhook(io.records, failing.id))?.paused).toBeUndefined();
  await end();
});

test('the consumer of a webhook goes with it, on every server', async () => {
  const { io, hook, serve, until } = await openTenant();
  const receiver = await startReceiver();
  const { id } = await hook(receiver.url);
  let ended = 0;
  let allEnded = () => {};
  const over = new Promise<void>((resolve) => (allEnded = resolve));
  const events = {
    ...io.events,
    endWork: async (durable: string) => {
      await io.events.endWork(durable);
      expect(durable).toBe(consumerOf(id));
      if (++ended === 2) allEnded();
    },
  };
  const ends = [serve({ events }), serve({ events })];
  await io.events.publish(someEvents(1));
  await until(id, ({ settled }) => settled !== undefined);
  await removeWebhook(io, id);
  await over;
  await Promise.all(ends.map((end) => end()));
  await io.events.publish(someEvents(2, 'later'));
  // Nobody ever worked under this name: all of it would be still to do.
  expect(await io.events.backlog(consumerOf(id))).toEqual({ pending: 3, inFlight: 0 });
  expect(receiver.delivered).toHaveLength(1);
});
