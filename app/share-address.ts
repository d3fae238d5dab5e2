// The address of this server, and of a share link. They are part of what the pages and the API say.
import type { HonoRequest } from 'hono';
import type { AppServices } from './context.ts';
import { isHttps } from './security.ts';

interface Asked {
  readonly req: HonoRequest;
  get(key: 'services'): Pick<AppServices, 'publicUrl'>;
}

/** The address that this server is known by, or the one by which the reader came. */
export function originOf(c: Asked): string {
  const { publicUrl } = c.get('services');
  const { host } = new URL(c.req.url);
  return publicUrl ?? `${isHttps(c) ? 'https' : 'http'}://${c.req.header('host') ?? host}`;
}

/** Where people open it. */
export const linkAddress = (c: Asked, token: string): string => `${originOf(c)}/s/${token}`;
