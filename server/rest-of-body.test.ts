// Answers that come before the end of the body, over real HTTP, and a clock that a hand moves.
import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LEAVES_REST, restOfBody } from './rest-of-body.ts';

/** More than a stream holds by itself, and less than what a connection does. */
const BODY = Buffer.alloc(300_000, 'x');
const WAYS = ['/untouched', '/begun', '/opened', '/held'];

const app = (clock: Parameters<typeof restOfBody>[0]) =>
  new Hono()
    .use(restOfBody(clock))
    .put('/untouched', (c) => c.text('refused', 409))
    .put('/begun', async (c) => {
      const reader = c.req.raw.body?.getReader();
      await reader?.read();
      reader?.releaseLock();
      return c.text('refused', 409);
    })
    // As a part that another one overtook.
    .put('/held', async (c) => {
      await c.req.raw.body?.getReader().read();
      return c.text('refused', 409);
    })
    .put('/opened', (c) => c.text(c.req.raw.body === null ? 'nothing' : 'refused', 409));

interface Line {
  /** Sends the first bytes, and hears the answer. @returns what is left to do of it, and the server's side */
  ask(path: string, sent: Uint8Array): Promise<{ ask: ClientRequest; incoming: IncomingMessage }>;
  /** As soon as the rest is waited for, the time for that is over. */
  runOut(): Promise<void>;
}

let line: Line;
let close: () => void;

beforeEach(async () => {
  let waiting: (end: () => void) => void = () => undefined;
  const waits = new Promise<() => void>((resolve) => (waiting = resolve));
  const clock = { sleep: () => new Promise<void>((resolve) => waiting(resolve)) };
  const server = serve({ fetch: app(clock).fetch, port: 0, hostname: '127.0.0.1', ...LEAVES_REST });
  if ('keepAliveTimeout' in server) server.keepAliveTimeout = 600_000;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on a port');
  line = {
    runOut: async () => (await waits)(),
    async ask(path, sent) {
      const came = once(server, 'request') as Promise<[IncomingMessage]>;
      const ask = request({ agent, host: '127.0.0.1', port: address.port, path, method: 'PUT' });
      ask.setHeader('content-length', BODY.length);
      ask.on('error', () => undefined);
      const answered = once(ask, 'response') as Promise<[IncomingMessage]>;
      ask.write(sent);
      const [incoming] = await came;
      const [answer] = await answered;
      answer.resume();
      expect(answer.statusCode).toBe(409);
      return { ask, incoming };
    },
  };
  close = () => {
    agent.destroy();
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  };
});
afterEach(() => {
  vi.useRealTimers();
  close();
});

const endOf = (incoming: IncomingMessage) =>
  new Promise((resolve) => {
    if (incoming.readableEnded) resolve('all of it was taken');
    incoming.once('end', () => resolve('all of it was taken'));
    incoming.socket.once('close', () => resolve('the connection was ended'));
  });

test('a connection whose request was refused before its body was read goes on with the next request', async () => {
  const ports = new Set<number | undefined>();
  for (const path of [...WAYS, '/begun']) {
    const { ask, incoming } = await line.ask(path, BODY);
    ask.end();
    ports.add(incoming.socket.remotePort);
    expect(await endOf(incoming), path).toBe('all of it was taken');
  }
  expect(ports.size).toBe(1);
});

test.each(WAYS)('the rest may come as late as it does: %s', async (path) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const half = BODY.length / 2;
  const { ask, incoming } = await line.ask(path, BODY.subarray(0, half));
  // All timers of the server that could end its patience.
  await vi.advanceTimersByTimeAsync(3_600_000);
  const { remotePort } = incoming.socket;
  ask.end(BODY.subarray(half));
  expect(await endOf(incoming)).toBe('all of it was taken');
  const next = await line.ask(path, BODY);
  expect(next.incoming.socket.remotePort).toBe(remotePort);
  next.ask.end();
});

test.each(WAYS)('a rest that does not come is not waited for without end: %s', async (path) => {
  const { incoming } = await line.ask(path, BODY.subarray(0, 10));
  const ended = endOf(incoming);
  await line.runOut();
  expect(await ended).toBe('the connection was ended');
});
