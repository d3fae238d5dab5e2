// Every request to the API costs one of its token's allowances, or of its address's when it shows none; a stream that stays open
// costs one. By token and not by address as well: behind a proxy all have one address. Answers say how much is left, in the
// fields of draft-ietf-httpapi-ratelimit-headers-11.
import type { MiddlewareHandler } from 'hono';
import { remoteAddress } from '../../app/remote-address.ts';
import type { ApiEnv } from './api-env.ts';
import { ApiProblem } from './problem.ts';
import { RequestRate } from './request-rate.ts';

export interface RateSettings {
  /** requests a second */
  readonly perSecond: number;
  /** requests at once */
  readonly burst: number;
}

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1_000));

/** @param now  milliseconds */
export function limitRate(settings: RateSettings, now: () => number): MiddlewareHandler<ApiEnv> {
  // Of two tables, so that many addresses never push the tokens out.
  const byToken = new RequestRate({ ...settings, name: 'token', now });
  const byAddress = new RequestRate({ ...settings, name: 'address', now });
  return async (c, next) => {
    const shown = c.get('shown');
    const rate = shown.kind === 'known' ? byToken : byAddress;
    const { isTaken, left, nextMs } = rate.take(
      shown.kind === 'known' ? `${shown.principal.actor.kind} ${shown.principal.actor.id}` : remoteAddress(c),
    );
    const tell = () => {
      c.header('ratelimit-policy', `"${rate.name}";q=${rate.burst};w=${seconds(rate.windowMs)}`);
      c.header('ratelimit', `"${rate.name}";r=${left};t=${seconds(nextMs)}`);
    };
    tell();
    if (isTaken) {
      await next();
      // What streams, or was answered before, brings headers of its own.
      tell();
      return;
    }
    const wait = seconds(nextMs);
    c.header('retry-after', String(wait));
    throw new ApiProblem(
      'quota-exceeded',
      `This ${rate.name} may make ${settings.perSecond} requests a second, and ${settings.burst} at once.`,
      { next: `Ask again in ${wait} s.`, 'violated-policies': [rate.name] },
    );
  };
}
