// Who asks: a bearer token, as RFC 6750 has it. An operation says which scope it needs.
import type { Context, MiddlewareHandler } from 'hono';
import type { AppServices } from '../../app/context.ts';
import type { RateLimit } from '../../app/rate-limit.ts';
import { remoteAddress } from '../../app/remote-address.ts';
import type { ApiEnv } from './api-env.ts';
import { ApiProblem } from './problem.ts';

/** Each includes the ones before. */
export const SCOPES = ['read', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Principal {
  /** as it stands in records and commits */
  readonly user: string;
  readonly scope: Scope;
}

/** @param guesses  wrong tokens, counted with those that are shown elsewhere */
export const requireToken =
  (guesses: RateLimit): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const token = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (token === undefined) {
      const next_ = 'Send it as "Authorization: Bearer <token>": the FS_ADMIN_TOKEN of the server is one.';
      throw new ApiProblem('unauthorized', 'The request shows no token.', { next: next_ });
    }
    const address = remoteAddress(c);
    const waitMs = guesses.waitMs(address);
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1_000);
      c.header('retry-after', String(seconds));
      throw new ApiProblem('rate-limited', `Too many wrong tokens came from ${address}: try again in ${seconds} s.`);
    }
    const principal = await principalOf(c.get('services').auth, token);
    if (!principal) {
      guesses.failed(address);
      throw new ApiProblem('unauthorized', 'The token is none of this server: it may have expired, or was revoked.');
    }
    c.set('principal', principal);
    return next();
  };

async function principalOf(auth: AppServices['auth'], token: string): Promise<Principal | undefined> {
  const session = auth.session(await auth.signIn(token));
  return session && { user: session.user, scope: 'admin' };
}

export const requireScope =
  (needed: Scope): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const { scope } = c.get('principal');
    if (SCOPES.indexOf(scope) < SCOPES.indexOf(needed)) {
      throw new ApiProblem('scope-missing', `This needs a token of scope ${needed}; this one has ${scope}.`);
    }
    return next();
  };

/** Whoever asks, as commands know people. */
export const userOf = (c: Context<ApiEnv>): string => c.get('principal').user;
