// The text of an API token: `fst_<id>_<secret>`. The id finds its record, the secret is 160 random bits, and the record has
// only the SHA-256 of the whole: of so many bits nobody finds the text again, so that a slow hash would protect nothing.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type ApiToken, TOKEN_ID_DIGITS, type TokenId } from '../model/api-token.ts';
import { shaOf } from '../model/ids.ts';

const SECRET_BYTES = 20;
const TEXT = new RegExp(`^fst_([0-9a-f]{${TOKEN_ID_DIGITS}})_[0-9a-f]{${SECRET_BYTES * 2}}$`);

export interface NewText {
  readonly id: TokenId;
  readonly text: string;
  readonly hash: string;
}

export function newTokenText(): NewText {
  const id = randomBytes(TOKEN_ID_DIGITS / 2).toString('hex') as TokenId;
  const text = `fst_${id}_${randomBytes(SECRET_BYTES).toString('hex')}`;
  return { id, text, hash: shaOf(text) };
}

/** @returns undefined when the text cannot be a token */
export const idInText = (text: string): TokenId | undefined => TEXT.exec(text)?.[1] as TokenId | undefined;

export function isTextOf({ hash }: Pick<ApiToken, 'hash'>, text: string): boolean {
  return timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(shaOf(text), 'hex'));
}
