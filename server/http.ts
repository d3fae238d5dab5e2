// The HTTP face: pages from `app/`, health outside of any session.
import { type ServerType, serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { AppServices } from '../app/context.ts';
import { appRoutes } from '../app/routes.ts';
import type { Health } from './health.ts';

export function httpApp(services: AppServices, health: Health): Hono {
  const app = new Hono();
  app.get('/healthz', (c) => c.text('ok'));
  app.get('/readyz', async (c) => {
    const checks = await health.check();
    const ok = checks.every((check) => check.ok);
    return c.json({ ok, checks }, ok ? 200 : 503);
  });
  app.route('/', appRoutes(services) as unknown as Hono);
  return app;
}

export class ListenError extends Error {
  override name = 'ListenError';
}

/** @returns the server and the port that it got (asked for 0, it takes a free one)
 *  @throws ListenError with the next step, when the port is taken or may not be used */
export function listen(app: Hono, port: number, hostname: string): Promise<{ server: ServerType; port: number }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname }, (info) => resolve({ server, port: info.port }));
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, port, hostname)));
  });
}

function listenError(error: NodeJS.ErrnoException, port: number, hostname: string): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new ListenError(
        `port ${port} on ${hostname} is taken: stop what uses it, or start with another, such as PORT=${port + 1}`,
        { cause: error },
      );
    case 'EACCES':
      return new ListenError(`port ${port} may not be used by this user: give one above 1023, such as PORT=8080`, {
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ListenError(`HOST=${hostname} is no address of this machine: give 127.0.0.1, or 0.0.0.0 for all`, {
        cause: error,
      });
    default:
      return error;
  }
}
