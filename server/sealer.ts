// Hides secrets in records that others can read, by keys that follow from the admin token: every replica has them, and nobody
// has to be given one. Another admin token opens nothing that this one sealed.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

export interface Sealer {
  seal(secret: string): string;
  /** @returns undefined when it was sealed with another admin token */
  unseal(sealed: string): string | undefined;
}

/** @param what  keys of two kinds have nothing in common */
export const serverKey = (what: string, adminToken: string): Buffer =>
  createHash('sha256').update(`fs-sync ${what}\n${adminToken}`).digest();

export function sealer(key: Buffer): Sealer {
  return {
    seal(secret) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, key, iv);
      const hidden = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), hidden]).toString('base64url');
    },
    unseal(sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length <= IV_BYTES + TAG_BYTES) return undefined;
      const cipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      cipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        return Buffer.concat([cipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), cipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
