// The address of a share link. It is part of what the pages and the API say of one.
import type { HonoRequest } from 'hono';
import type { AppServices } from './context.ts';
import { isHttps } from './security.ts';

interface Asked {
  readonly req: HonoRequest;
  get(key: 'services'): Pick<AppServices, 'publicUrl'>;
}

/** Where people open it: at the address that this server is known by, or at the one by which the reader came. */
export function linkAddress(c: Asked, token: string): string {
  const { publicUrl } = c.get('services');
  const { host } = new URL(c.req.url);
  return `${publicUrl ?? `${isHttps(c) ? 'https' : 'http'}://${c.req.header('host') ?? host}`}/s/${token}`;
}
