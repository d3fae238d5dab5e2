// The HTTP face: pages from `app/`, the API for programs, health outside of any session.
import { type ServerType, serve } from '@hono/node-server';
import { Hono } from 'hono';
import { getCookie } from 'hono/cookie';
import type { ApiDocument } from '../app/api-document.ts';
import type { AppServices } from '../app/context.ts';
import { type RateLimit, tokenGuesses } from '../app/rate-limit.ts';
import { appRoutes } from '../app/routes.ts';
import { SESSION_COOKIE } from '../app/session.ts';
import { API_DOCS_URL } from '../app/url.ts';
import { systemClock } from '../core/model/clock.ts';
import { apiRoutes } from './api/api.ts';
import type { RateSettings } from './api/limit-rate.ts';
import { shownBy } from './bearer.ts';
import { bodiesInTime } from './bodies-in-time.ts';
import type { Health } from './health.ts';
import type { Prometheus } from './metrics/prometheus.ts';
import type { PeopleFirst } from './people-first.ts';
import { LEAVES_REST, restOfBody } from './rest-of-body.ts';

export type HttpParts = {
  readonly services: AppServices;
  readonly health: Pick<Health, 'check'>;
  readonly prometheus: Pick<Prometheus, 'text' | 'contentType'>;
  readonly people: Pick<PeopleFirst, 'serve'>;
  /** of requests to the API */
  readonly rate: RateSettings;
  /** where the browser's files are; default: where the build puts them */
  readonly publicDir?: string;
};

export function httpApp({ services, health, prometheus, people, rate, publicDir }: HttpParts): Hono {
  const app = new Hono();
  app.use(bodiesInTime(systemClock));
  app.use(restOfBody(systemClock));
  app.get('/healthz', (c) => c.text('ok'));
  app.get('/readyz', async (c) => {
    const checks = await health.check();
    const ok = checks.every((check) => check.ok);
    return c.json({ ok, checks }, ok ? 200 : 503);
  });
  // A token that is guessed in one place is guessed in the other.
  const guesses = tokenGuesses();
  app.route('/', metricsRoute(services, prometheus, guesses));
  const api = apiRoutes(services, { guesses, rate });
  const apiDocument = async () => (await (await api.request('/openapi.json')).json()) as ApiDocument;
  const pages = appRoutes(services, { guesses, apiDocument, ...(publicDir !== undefined && { publicDir }) });
  // A page, and for everybody: it stands before what asks for a token.
  app.get(API_DOCS_URL, (c) => pages.fetch(c.req.raw, c.env));
  app.route('/', api as unknown as Hono);
  app.use(people.serve);
  app.route('/', pages as unknown as Hono);
  return app;
}

/** Names of nodes and projects are for who is signed in, or shows a token that is for all projects. */
export function metricsRoute(
  services: Pick<AppServices, 'auth' | 'audit'>,
  prometheus: HttpParts['prometheus'],
  guesses: RateLimit,
): Hono {
  return new Hono().get('/metrics', async (c) => {
    const shown = await shownBy(c, services, guesses);
    if (shown.kind === 'too-many') {
      const seconds = Math.ceil(shown.waitMs / 1_000);
      return c.text(`Too many wrong tokens: try again in ${seconds} s.\n`, 429, { 'retry-after': String(seconds) });
    }
    if (shown.kind === 'stranger')
      return c.text('No such token (any more): give FS_ADMIN_TOKEN, an API token for all projects, or none.\n', 401);
    const seesAll =
      shown.kind === 'known'
        ? shown.principal.projects === 'all'
        : services.auth.session(getCookie(c, SESSION_COOKIE)) !== undefined;
    const text = await prometheus.text(seesAll);
    return c.body(text, 200, { 'content-type': prometheus.contentType, 'cache-control': 'no-store' });
  });
}

export class ListenError extends Error {
  override name = 'ListenError';
}

/** @returns the server and the port that it got (asked for 0, it takes a free one)
 *  @throws ListenError with the next step, when the port is taken or may not be used */
export function listen(app: Hono, port: number, hostname: string): Promise<{ server: ServerType; port: number }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname, ...LEAVES_REST }, (info) =>
      resolve({ server, port: info.port }),
    );
    // Of a whole request: a large file over a slow line takes longer. `bodiesInTime` and what reads contents look after it.
    if ('requestTimeout' in server) server.requestTimeout = 0;
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
