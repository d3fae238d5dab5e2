// What servers alone can make and read of share links, by keys that follow from the admin token, so that all replicas have
// them: the token of a link sealed into its record, to be shown again, and the cookie of who was let in.
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../core/model/clock.ts';
import type { ShareId } from '../core/model/share.ts';

/** How long a visitor comes and goes by one use. */
export const VISIT_SECONDS = 3_600;

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

export interface ShareSecrets {
  seal(token: string): string;
  /** @returns undefined when it was sealed with another admin token */
  unseal(sealed: string): string | undefined;
  visit(id: ShareId): string;
  isVisit(id: ShareId, cookie: string | undefined): boolean;
}

export function shareSecrets(adminToken: string, clock: Pick<Clock, 'now'>): ShareSecrets {
  const keyFor = (what: string) => createHash('sha256').update(`fs-sync ${what}\n${adminToken}`).digest();
  const [sealing, visits] = [keyFor('sealed share links'), keyFor('visits of share links')];
  const sign = (id: ShareId, until: string) =>
    createHmac('sha256', visits).update(`${id}.${until}`).digest('base64url');
  return {
    seal(token) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, sealing, iv);
      const hidden = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), hidden]).toString('base64url');
    },
    unseal(sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length <= IV_BYTES + TAG_BYTES) return undefined;
      const cipher = createDecipheriv(CIPHER, sealing, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      cipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        return Buffer.concat([cipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), cipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
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
