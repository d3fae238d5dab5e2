// When a consumer counts as lost by its silence, on a real server. Only the clock of the timers is the test's own.
import { afterEach, expect, test, vi } from 'vitest';
import { useNats } from '../testing/use-nats.ts';
import { createStream, jsRequest, publish } from './nats-js-api.ts';
import { ConsumerLostError, Puller } from './nats-pull.ts';

const LONG_SILENCE_MS = 9_000;
const nats = useNats();
let puller: Puller;

afterEach(() => {
  puller.close();
  vi.useRealTimers();
});

async function pullerOf(stream: string): Promise<AsyncIterator<unknown>> {
  await createStream(nats.link, { name: stream, subjects: [`${stream}.>`] });
  await publish(nats.link, `${stream}.a`, 'first');
  const config = { durable_name: 'worker', ack_policy: 'explicit' };
  await jsRequest(nats.link, `CONSUMER.CREATE.${stream}.worker`, { stream_name: stream, config });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  puller = new Puller(nats.link, stream, 'worker', new AbortController().signal);
  puller.ask(1);
  return puller[Symbol.asyncIterator]();
}

const message = (text: string) => ({ value: { kind: 'message', message: { data: Buffer.from(text) } } });

test('a consumer that has given all it was asked for is not lost, however long its reader takes', async () => {
  const pulled = await pullerOf('slow');
  expect(await pulled.next()).toMatchObject(message('first'));
  vi.advanceTimersByTime(LONG_SILENCE_MS);
  await publish(nats.link, 'slow.b', 'second');
  puller.ask(1);
  expect(await pulled.next()).toMatchObject(message('second'));
});

test('one that owes messages and gives no sign of life is lost', async () => {
  const pulled = await pullerOf('silent');
  expect(await pulled.next()).toMatchObject(message('first'));
  puller.ask(1);
  vi.advanceTimersByTime(LONG_SILENCE_MS);
  await expect(pulled.next()).rejects.toThrow(ConsumerLostError);
});
