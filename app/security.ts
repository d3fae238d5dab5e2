// What every answer of the GUI carries, and what every change must prove. Datastar compiles its expressions, so scripts
// need 'unsafe-eval'; nothing else is inline, and no page can be framed.
import type { Context, HonoRequest, MiddlewareHandler } from 'hono';
import type { AppEnv } from './context.ts';

const PAGE_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** For bytes that people put into projects: whatever they are, they run nothing and load nothing. */
export const CONTENT_POLICY = "default-src 'none'; style-src 'none'; sandbox";

export const securityHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  const { headers } = c.res;
  if (!headers.has('content-security-policy')) headers.set('content-security-policy', PAGE_POLICY);
  headers.set('x-content-type-options', 'nosniff');
  headers.set('x-frame-options', 'DENY');
  if (!headers.has('referrer-policy')) headers.set('referrer-policy', 'same-origin');
  headers.set('cross-origin-opener-policy', 'same-origin');
  headers.set('cross-origin-resource-policy', 'same-origin');
  headers.set('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()');
};

/** A change must come from one of our own pages. Browsers name the origin of every POST; what names none is no browser
 *  and has no cookie by accident. */
export const sameOriginChanges: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.method === 'GET' || c.req.method === 'HEAD' || fromOwnPage(c)) return next();
  return c.text('This request came from another site and was refused. Open the page here and try again.\n', 403);
};

function fromOwnPage(c: Context<AppEnv>): boolean {
  const origin = c.req.header('origin');
  if (origin === undefined) {
    const site = c.req.header('sec-fetch-site');
    return site === undefined || site === 'same-origin' || site === 'none';
  }
  try {
    return new URL(origin).host === (c.req.header('host') ?? new URL(c.req.url).host);
  } catch {
    return false;
  }
}

export const isHttps = (c: { readonly req: HonoRequest }): boolean =>
  c.req.header('x-forwarded-proto') === 'https' || new URL(c.req.url).protocol === 'https:';
