// What a request still brings when it is answered is taken and thrown away, so that its connection serves the next request.
// Whoever had sent all of a part that is refused counts on that: the answer says that the connection stays. The adapter of the
// framework would wait half a second for the rest, and then end the connection: over a slow line, or on a busy machine, that
// is less than the rest takes, and it ends under the next request. So it is told to leave the rest to this, which waits
// longer, and takes it also from who began to read and does not go on.
import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import type { Clock } from '../core/model/clock.ts';

/** Of `serve`, where this is used. */
export const LEAVES_REST = { autoCleanupIncoming: false } as const;

/** Longer, or more, is another connection worth: nobody is served by what is thrown away. */
const PATIENCE_MS = 30_000;
const MOST_BYTES = 64 * 1024 * 1024;

type Bindings = { Bindings: Partial<HttpBindings> };

export const restOfBody =
  (clock: Pick<Clock, 'sleep'>): MiddlewareHandler<Bindings> =>
  (c, next) => {
    const { incoming, outgoing } = c.env ?? {};
    if (incoming && outgoing) outgoing.once('close', () => takeRest(incoming, clock));
    return next();
  };

function takeRest(incoming: IncomingMessage, clock: Pick<Clock, 'sleep'>): void {
  if (incoming.readableEnded || incoming.destroyed) return;
  const over = new AbortController();
  // What was sent goes out first.
  const end = () => incoming.socket.destroySoon();
  let bytes = 0;
  // Who listens has its answer, and would stop the rest when it has heard enough.
  incoming.removeAllListeners('data');
  incoming.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) end();
  });
  for (const event of ['end', 'error', 'close']) incoming.once(event, () => over.abort());
  incoming.resume();
  clock.sleep(PATIENCE_MS, over.signal).then(end, () => undefined);
}
