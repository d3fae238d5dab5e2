// What a request still brings when it is answered is taken and thrown away, so that its connection serves the next request.
// Whoever had sent all of a part that is refused counts on that: the answer says that the connection stays. The HTTP server
// waits for the rest, for half a second and 64 MB, and then ends the connection; but it waits in vain where somebody began to
// read the body, because a body that nobody goes on with stands still.
import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';

type Bindings = { Bindings: Partial<HttpBindings> };

export const restOfBody: MiddlewareHandler<Bindings> = async (c, next) => {
  await next();
  const incoming = c.env?.incoming;
  if (!incoming || incoming.readableEnded || incoming.method === 'GET' || incoming.method === 'HEAD') return;
  const { body } = c.req.raw;
  // Somebody still waits for what comes next: a part that another one overtook.
  if (body === null || body.locked) return;
  void discard(body);
};

async function discard(body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.getReader();
  try {
    while (!(await reader.read()).done);
  } catch {
    // It was cut off, and there is nobody left to tell.
  }
}
