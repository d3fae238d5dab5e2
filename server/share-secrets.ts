// What servers alone can make and read of share links, by keys that follow from the admin token, so that all replicas have
// them: the token of a link sealed into its record, to be shown again, and the cookie of who was let in.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../core/model/clock.ts';
import type { ShareId } from '../core/model/share.ts';
import { type Sealer, sealer, serverKey } from './sealer.ts';

/** How long a visitor comes and goes by one use. */
export const VISIT_SECONDS = 3_600;

export interface ShareSecrets extends Sealer {
  visit(id: ShareId): string;
  isVisit(id: ShareId, cookie: string | undefined): boolean;
}

export function shareSecrets(adminToken: string, clock: Pick<Clock, 'now'>): ShareSecrets {
  const visits = serverKey('visits of share links', adminToken);
  const sign = (id: ShareId, until: string) =>
    createHmac('sha256', visits).update(`${id}.${until}`).digest('base64url');
  return {
    ...sealer(serverKey('sealed share links', adminToken)),
    visit(id) {
      const until = String(Math.floor(clock.now() / 1_000) + VISIT_SECONDS);
      return `${until}.${sign(id, until)}`;
    },
    isVisit(id, cookie) {
      const [until, signature, ...rest] = cookie?.split('.') ?? [];
      if (!until || !signature || rest.length > 0) return false;
      return isSame(signature, sign(id, until)) && Number(until) * 1_000 > clock.now();
    },
  };
}

/** Compares in a time that does not tell where the two differ. */
function isSame(a: string, b: string): boolean {
  const hash = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(hash(a), hash(b));
}
