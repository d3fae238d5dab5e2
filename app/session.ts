// Who is asking. Without a session a page leads to the sign-in form and back; a stream or a patch says 401, and the
// browser script reloads.
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { html } from 'hono/html';
import type { Actor } from '../core/model/commit.ts';
import type { AppEnv } from './context.ts';
import { localPath, withQuery } from './url.ts';

export const SESSION_COOKIE = 'fs_session';

export const requireSession: MiddlewareHandler<AppEnv> = async (c, next) => {
  const session = c.get('services').auth.session(getCookie(c, SESSION_COOKIE));
  if (session) {
    c.set('session', session);
    return next();
  }
  if (wantsStream(c) || c.req.header('datastar-request')) return c.text('signed out\n', 401);
  const url = new URL(c.req.url);
  const here = `${url.pathname}${url.search}`;
  if (cameFromElsewhere(c)) return c.html(again(localPath(here)));
  const next_ = c.req.method === 'GET' && here !== '/' ? here : undefined;
  return c.redirect(withQuery('/sign-in', { next: next_ }), 303);
};

/** Who is signed in, as commands, commits and the audit log name them. */
export const actorOf = (c: Context<AppEnv>): Actor => ({ kind: 'user', id: c.get('session').user });

const wantsStream = (c: Context<AppEnv>): boolean => (c.req.header('accept') ?? '').includes('text/event-stream');

/** A strict cookie is not sent with a link that was followed from another site, even when the reader is signed in. */
const cameFromElsewhere = (c: Context<AppEnv>): boolean =>
  c.req.method === 'GET' &&
  c.req.header('sec-fetch-site') === 'cross-site' &&
  c.req.header('sec-fetch-mode') === 'navigate';

/** Asks for the page once more from here; then the cookie comes along, or there is none. */
const again = (here: string) => html`<!doctype html><html lang="en"><meta charset="utf-8"><title>Opening…</title>
<meta http-equiv="refresh" content="0;url=${here}"><p><a href="${here}">Continue</a></p></html>`;
