// JSON that changes with the version of the server only: who has it already is told so instead of being sent it.
import { createHash } from 'node:crypto';
import type { Context } from 'hono';

export interface TaggedText {
  readonly text: string;
  readonly etag: string;
}

export const tagged = (text: string): TaggedText => ({
  text,
  etag: `"${createHash('sha256').update(text).digest('hex')}"`,
});

export function sendTagged(c: Context, { text, etag }: TaggedText): Response {
  c.header('etag', etag);
  // Kept, and asked after each time.
  c.header('cache-control', 'no-cache');
  if (c.req.header('if-none-match')?.includes(etag)) return c.body(null, 304);
  return c.body(text, 200, { 'content-type': 'application/json' });
}
