// The streams on real sockets: a browser that goes away must leave nothing behind on the server.
import { once } from 'node:events';
import { connect } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { afterEach, expect, test, vi } from 'vitest';
import { FakeServices } from './testing/fake-services.ts';
import { appFor } from './testing/open-pages.ts';

const open: ServerType[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function started(services: FakeServices): Promise<number> {
  return new Promise((resolve) => {
    const server = serve({ fetch: appFor(services).fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
      resolve(port),
    );
    open.push(server);
  });
}

test.each(['/projects/live', '/p/demo/files/live', '/events/live'])(
  '%s ends when its browser goes away',
  async (path) => {
    const services = new FakeServices();
    services.project('demo');
    const port = await started(services);
    const tabs = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const socket = connect(port, '127.0.0.1');
        await once(socket, 'connect');
        socket.write(
          `GET ${path} HTTP/1.1\r\nhost: fs.test\r\naccept: text/event-stream\r\ncookie: fs_session=fake-session\r\n\r\n`,
        );
        await once(socket, 'data');
        return socket;
      }),
    );
    expect(services.listeners).toBe(5);
    const [first, ...others] = tabs;
    first?.destroy();
    await vi.waitFor(() => expect(services.listeners).toBe(4));
    for (const tab of others) tab.destroy();
    await vi.waitFor(() => expect(services.listeners).toBe(0));
  },
);
