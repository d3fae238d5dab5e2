// Who shows the token of a request. Wrong ones are counted by address, with those of the sign-in, and slowed down: what can be
// guessed is the administrator's token. An API token has 160 random bits, so that a right one is let through whatever others
// behind the same proxy have tried.
import type { Context } from 'hono';
import type { AppServices } from '../app/context.ts';
import type { RateLimit } from '../app/rate-limit.ts';
import { remoteAddress } from '../app/remote-address.ts';
import type { Principal } from '../core/model/api-token.ts';
import { idInText } from '../core/token/token-text.ts';

export type Shown =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'known'; readonly principal: Principal }
  /** it is no token, or none any more */
  | { readonly kind: 'stranger' }
  /** it was not looked at, or was wrong again */
  | { readonly kind: 'too-many'; readonly waitMs: number };

/** A right token forgives no wrong ones: behind a proxy, who works and who guesses have one address. */
export async function shownBy(
  c: Context,
  { auth, audit }: Pick<AppServices, 'auth' | 'audit'>,
  guesses: RateLimit,
): Promise<Shown> {
  const text = /^Bearer +(\S.*)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  if (text === undefined) return { kind: 'nothing' };
  const address = remoteAddress(c);
  const waitMs = guesses.waitMs(address);
  if (waitMs > 0 && idInText(text) === undefined) return { kind: 'too-many', waitMs };
  // Who has guessed too often makes no server ask NATS.
  const principal = await auth.bearer(text, { heardOnly: waitMs > 0 });
  if (principal) return { kind: 'known', principal };
  if (waitMs > 0) return { kind: 'too-many', waitMs };
  guesses.failed(address);
  const actor = { kind: 'address', id: address } as const;
  audit.note({ actor, action: 'token.use', scope: { token: idInText(text) }, outcome: 'wrong-token' });
  return { kind: 'stranger' };
}
