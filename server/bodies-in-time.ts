// A body that does not come is not waited for without end: a stranger would hold connections with it. The server of Node can
// only limit all requests alike, and a large file over a slow line takes hours; so the small bodies are limited here.
import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import { mayTakeLong } from '../app/long-body.ts';
import type { Clock } from '../core/model/clock.ts';

/** Of a whole body, a few megabytes at most: what Node waits for by itself. */
const BODY_PATIENCE_MS = 300_000;

type Bindings = { Bindings: Partial<HttpBindings> };

export const bodiesInTime =
  (clock: Pick<Clock, 'sleep'>): MiddlewareHandler<Bindings> =>
  async (c, next) => {
    const incoming = c.env?.incoming;
    const hasBody = ['content-length', 'transfer-encoding'].some((name) => c.req.header(name) !== undefined);
    if (!incoming || !hasBody) return next();
    const request = c.req.raw;
    const answered = new AbortController();
    const late = () => {
      if (!incoming.complete && !mayTakeLong(request)) incoming.destroy();
    };
    clock.sleep(BODY_PATIENCE_MS, answered.signal).then(late, () => undefined);
    try {
      await next();
    } finally {
      answered.abort();
    }
  };
