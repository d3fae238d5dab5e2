// The token of a share link: 256 random bits. Records are found by its hash, so that nobody compares secrets, a wrong token
// looks like one that never was, and records that leak open nothing.
import { createHash, randomBytes } from 'node:crypto';
import type { ShareId } from '../model/share.ts';

const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

export const newToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** @returns undefined when the text cannot be a token */
export function idOfToken(token: string): ShareId | undefined {
  if (!TOKEN.test(token)) return undefined;
  return createHash('sha256').update(token).digest('hex').slice(0, 32) as ShareId;
}
