// Bodies that do not come, over real HTTP, and a clock that a hand moves.
import { request } from 'node:http';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { takesLong } from '../app/long-body.ts';
import { bodiesInTime } from './bodies-in-time.ts';

/** Says that ten bytes come, and sends five. @returns how it ended, when the time for small bodies was over */
async function sendHalf(path: string): Promise<string> {
  let pass: () => void = () => undefined;
  let begun: () => void = () => undefined;
  const reading = new Promise<void>((resolve) => (begun = resolve));
  const clock = { sleep: () => new Promise<void>((resolve) => (pass = resolve)) };
  const app = new Hono()
    .use(bodiesInTime(clock))
    .post('/small', async (c) => {
      const text = c.req.text();
      begun();
      return c.text(await text);
    })
    .post('/contents', async (c) => {
      takesLong(c.req.raw);
      const text = c.req.text();
      begun();
      return c.text(await text);
    });
  app.onError((_, c) => c.text('cut off', 500));
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('it listens on a port');
    const ask = request({ host: '127.0.0.1', port: address.port, path, method: 'POST' });
    ask.setHeader('content-length', 10);
    const ended = new Promise<string>((resolve) => {
      ask.on('response', (response) => resolve(`answered ${response.statusCode}`));
      ask.on('error', () => resolve('cut off'));
    });
    ask.write('12345');
    await reading;
    pass();
    // What takes long goes on; what was cut off is over already, or is by this.
    if (path === '/contents') ask.end('67890');
    return await ended;
  } finally {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  }
}

test('a small body that does not come is waited for no longer, contents of files are', async () => {
  expect(await sendHalf('/small')).toBe('cut off');
  expect(await sendHalf('/contents')).toBe('answered 200');
});
