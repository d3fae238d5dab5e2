// Who is silent is sent away, and who waits for the server is not.
import { Hono } from 'hono';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { incoming } from './incoming.ts';
import { ApiProblem } from './problem.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function bytesOf(body: ReadableStream<Uint8Array>): Promise<AsyncIterator<Uint8Array>> {
  const parts: AsyncIterator<Uint8Array>[] = [];
  const app = new Hono().put('/', (c) => {
    parts.push(incoming(c).bytes[Symbol.asyncIterator]());
    return c.body(null, 204);
  });
  const init: RequestInit & { duplex: 'half' } = { method: 'PUT', body, duplex: 'half' };
  await app.request(new Request('http://fs.test/', init));
  const [bytes] = parts;
  if (!bytes) throw new Error('the request came');
  return bytes;
}

/** A body whose sender writes when the test does. */
async function sending() {
  let sender: ReadableStreamDefaultController<Uint8Array> | undefined;
  const bytes = await bytesOf(
    new ReadableStream({
      start(controller) {
        sender = controller;
      },
    }),
  );
  if (!sender) throw new Error('the body has a sender');
  return { sender, bytes };
}

test('a store that stands still for minutes is not the silence of the sender, whose bytes wait', async () => {
  const texts = ['one', 'two'];
  // As a socket: what waits in it comes when it is asked for, and not at once.
  const socket = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await Promise.resolve();
        const text = texts.shift();
        if (text === undefined) controller.close();
        else controller.enqueue(Buffer.from(text));
      },
    },
    { highWaterMark: 0 },
  );
  const bytes = await bytesOf(socket);
  expect((await bytes.next()).value).toEqual(Buffer.from('one'));
  await vi.advanceTimersByTimeAsync(300_000);
  expect((await bytes.next()).value).toEqual(Buffer.from('two'));
  expect((await bytes.next()).done).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test('who sends nothing for a minute is told so, and the same minute begins with each part', async () => {
  const { sender, bytes } = await sending();
  for (const text of ['one', 'two', 'three']) {
    const next = bytes.next();
    await vi.advanceTimersByTimeAsync(59_000);
    sender.enqueue(Buffer.from(text));
    expect((await next).value).toEqual(Buffer.from(text));
  }
  const last = bytes.next().catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await last).toBeInstanceOf(ApiProblem);
  expect(await last).toMatchObject({ code: 'request-timeout' });
});
