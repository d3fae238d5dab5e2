// The peer of the connection. Behind a proxy that is the proxy: what is counted by address is then one allowance for all, which
// errs on the safe side.
import type { Context } from 'hono';
import { z } from 'zod';

const envSchema = z.object({ incoming: z.object({ socket: z.object({ remoteAddress: z.string() }) }) });

export function remoteAddress(c: Context): string {
  const env: unknown = c.env;
  const parsed = envSchema.safeParse(env);
  return parsed.success ? parsed.data.incoming.socket.remoteAddress : 'unknown';
}
