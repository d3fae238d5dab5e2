// Who asks: a person who signed in by the admin token, or a program that shows a token. A session is a signed cookie, so that
// every replica knows it without asking anyone.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Auth, Session } from '../app/context.ts';
import type { Principal } from '../core/model/api-token.ts';
import type { Clock } from '../core/model/clock.ts';

const SESSION_SECONDS = 7 * 24 * 3600;
const claims = z.strictObject({ user: z.string().min(1), exp: z.int() });

const ADMIN = 'admin';
const admin: Principal = { actor: { kind: 'user', id: ADMIN }, scope: 'admin', projects: 'all' };

/** @param tokens  who has an API token */
export function tokenAuth(adminToken: string, clock: Pick<Clock, 'now'>, tokens: Pick<Auth, 'bearer'>): Auth {
  const key = createHash('sha256').update(`fs-sync session key\n${adminToken}`).digest();
  const sign = (body: string) => createHmac('sha256', key).update(body).digest('base64url');
  return {
    sessionSeconds: SESSION_SECONDS,
    async signIn(token) {
      if (!equal(token, adminToken)) return undefined;
      const exp = Math.floor(clock.now() / 1000) + SESSION_SECONDS;
      const body = Buffer.from(JSON.stringify({ user: ADMIN, exp })).toString('base64url');
      return `${body}.${sign(body)}`;
    },
    session(cookie): Session | undefined {
      const [body, signature, ...rest] = cookie?.split('.') ?? [];
      if (!body || !signature || rest.length > 0 || !equal(signature, sign(body))) return undefined;
      const parsed = claims.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
      if (!parsed.success || parsed.data.exp * 1000 <= clock.now()) return undefined;
      return { user: parsed.data.user };
    },
    bearer: async (token, options) => (equal(token, adminToken) ? admin : tokens.bearer(token, options)),
  };
}

/** Compares in a time that does not tell where the two differ. */
function equal(a: string, b: string): boolean {
  const hash = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(hash(a), hash(b));
}
