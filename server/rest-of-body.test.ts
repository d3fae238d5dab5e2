// Answers that come before the end of the body, over real HTTP.
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { restOfBody } from './rest-of-body.ts';

/** More than a stream holds by itself, and less than what a connection does. */
const BODY = Buffer.alloc(300_000, 'x');

test('a connection whose request was refused before its body was read goes on with the next request', async () => {
  const app = new Hono()
    .use(restOfBody)
    .put('/untouched', (c) => c.text('refused', 409))
    .put('/begun', async (c) => {
      const reader = c.req.raw.body?.getReader();
      await reader?.read();
      reader?.releaseLock();
      return c.text('refused', 409);
    })
    .put('/opened', (c) => c.text(c.req.raw.body === null ? 'nothing' : 'refused', 409));
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('it listens on a port');
    const ports: (number | undefined)[] = [];
    for (const path of ['/untouched', '/begun', '/opened', '/begun']) {
      const came = once(server, 'request') as Promise<[IncomingMessage]>;
      const ask = request({ agent, host: '127.0.0.1', port: address.port, path, method: 'PUT' });
      const answered = once(ask, 'response') as Promise<[IncomingMessage]>;
      ask.end(BODY);
      const [incoming] = await came;
      const [answer] = await answered;
      answer.resume();
      expect(answer.statusCode).toBe(409);
      ports.push(incoming.socket.remotePort);
      const ended = new Promise((resolve) => {
        if (incoming.readableEnded) resolve('all of it was taken');
        incoming.once('end', () => resolve('all of it was taken'));
        incoming.socket.once('close', () => resolve('the connection was ended'));
      });
      expect(await ended, path).toBe('all of it was taken');
    }
    expect(new Set(ports).size).toBe(1);
  } finally {
    agent.destroy();
    server.close();
  }
});
