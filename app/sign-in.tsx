// The way in: one field, one button. The address printed at start carries the token behind `#`, which no server or log
// sees; the script moves it into the form. A wrong token gets one generic answer, and a few of them a wait.
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import { plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import type { AppEnv } from './context.ts';
import { toHtml } from './html.ts';
import { Brand, Document } from './layout.tsx';
import { sendHtml } from './page.tsx';
import type { RateLimit } from './rate-limit.ts';
import { remoteAddress } from './remote-address.ts';
import { isHttps } from './security.ts';
import { SESSION_COOKIE } from './session.ts';
import { themeOf } from './theme.ts';
import { localPath } from './url.ts';

const MAX_FORM_BYTES = 16 * 1024;

const formSchema = z.object({
  token: z.string().trim().max(4096).catch(''),
  next: z.string().optional().catch(undefined),
});

export function signInRoutes(limit: RateLimit): Hono<AppEnv> {
  return new Hono<AppEnv>()
    .get('/sign-in', (c) => signInPage(c, { next: c.req.query('next') }))
    .post('/sign-in', bodyLimit({ maxSize: MAX_FORM_BYTES }), async (c) => {
      const { token, next } = formSchema.parse(await c.req.parseBody());
      const address = remoteAddress(c);
      const waitMs = limit.waitMs(address);
      if (waitMs > 0) return signInPage(c, { next, waitMs });
      const { auth, audit } = c.get('services');
      const cookie = token === '' ? undefined : await auth.signIn(token);
      if (cookie === undefined) {
        limit.failed(address);
        const actor = { kind: 'address', id: address } as const;
        audit.note({ actor, action: 'session.open', scope: {}, outcome: 'wrong-token' });
        return signInPage(c, { next, failed: true });
      }
      limit.succeeded(address);
      await audit.record({
        actor: { kind: 'user', id: auth.session(cookie)?.user ?? 'unknown' },
        action: 'session.open',
        scope: {},
        asked: { from: address },
        outcome: 'signed-in',
      });
      setCookie(c, SESSION_COOKIE, cookie, {
        path: '/',
        httpOnly: true,
        sameSite: 'Strict',
        secure: isHttps(c),
        maxAge: auth.sessionSeconds,
      });
      return c.redirect(localPath(next), 303);
    })
    .post('/sign-out', async (c) => {
      const { auth, audit } = c.get('services');
      const user = auth.session(getCookie(c, SESSION_COOKIE))?.user;
      const asked = { from: remoteAddress(c) };
      const actor = { kind: 'user', id: user ?? '' } as const;
      if (user) await audit.record({ actor, action: 'session.close', scope: {}, asked, outcome: 'signed-out' });
      deleteCookie(c, SESSION_COOKIE, { path: '/' });
      return c.redirect('/sign-in', 303);
    });
}

interface SignInState {
  readonly next: string | undefined;
  readonly failed?: boolean;
  readonly waitMs?: number;
}

function signInPage(c: Context<AppEnv>, { next, failed, waitMs }: SignInState): Promise<Response> {
  const seconds = Math.ceil((waitMs ?? 0) / 1000);
  if (seconds > 0) c.header('retry-after', String(seconds));
  const fault =
    seconds > 0
      ? `Too many tries. Wait ${plural(seconds, 'second')}, then try again.`
      : failed
        ? 'That did not work. Check the token and try again.'
        : undefined;
  const page = (
    <Document title="Sign in · nats-fs-sync" assets={c.get('assets')} theme={themeOf(c)} own={['visitor.css']}>
      <main class="sign-in" id="main">
        <Brand />
        <form method="post" action="/sign-in" id="sign-in">
          <h1>Sign in</h1>
          {fault ? (
            <p class="notice notice-bad" role="alert" id="fault">
              <Icon name="triangle-alert" />
              <span>{fault}</span>
            </p>
          ) : null}
          <label for="token">Token</label>
          <input
            id="token"
            name="token"
            type="password"
            required
            autofocus
            autocomplete="current-password"
            spellcheck={false}
            aria-describedby={fault ? 'fault hint' : 'hint'}
          />
          {next === undefined ? null : <input type="hidden" name="next" value={localPath(next)} />}
          <button type="submit" class="button button-primary">
            Sign in
          </button>
          <p class="muted" id="hint">
            The server printed a sign-in link when it started. Open it, or paste its token here.
          </p>
        </form>
      </main>
    </Document>
  );
  return sendHtml(c, `<!doctype html>${toHtml(page)}`, seconds > 0 ? 429 : failed ? 401 : 200);
}
