// Makes, reads and ends API tokens. Each record is moved by compare-and-swap, so that noting a use never takes a revocation
// back.
import type { ApiToken, TokenScope } from '../model/api-token.ts';
import { decodeToken, encodeToken, MAX_TOKEN_DAYS, tokenIdSchema, tokenState } from '../model/api-token.ts';
import { assert } from '../model/assert.ts';
import type { Clock } from '../model/clock.ts';
import { isoTime } from '../model/clock.ts';
import type { Actor } from '../model/commit.ts';
import type { ProjectName } from '../model/ids.ts';
import { tokenKey } from '../model/index-keys.ts';
import type { KeyValue } from '../store/key-value.ts';
import { newTokenText } from './token-text.ts';

export interface TokenIo {
  readonly tokens: Pick<KeyValue, 'get' | 'keys' | 'compareAndSet' | 'delete'>;
  readonly clock: Pick<Clock, 'now'>;
}

export interface NewToken {
  readonly name: string;
  readonly scope: TokenScope;
  readonly projects: readonly ProjectName[] | 'all';
  /** milliseconds since 1970 */
  readonly expiresAt: number | 'never';
  readonly actor: Actor;
}

const DAY_MS = 24 * 3_600_000;
/** A use is noted when the last one that was is older. */
export const NOTED_EVERY_MS = 60_000;

export const mayEndAt = (at: NewToken['expiresAt'], now: number): boolean =>
  at === 'never' || (at > now && at <= now + MAX_TOKEN_DAYS * DAY_MS);

/** @returns the text, which is nowhere else
 *  @throws StoreUnavailableError  nobody has its text, so that there may as well be none */
export async function createToken(
  { tokens, clock }: TokenIo,
  { name, scope, projects, expiresAt, actor }: NewToken,
): Promise<{ readonly token: ApiToken; readonly text: string }> {
  const now = clock.now();
  assert(mayEndAt(expiresAt, now), 'a token ends within a year, or is said never to end');
  assert(scope !== 'admin' || projects === 'all', 'an administrator’s token is for all projects');
  for (;;) {
    const { id, text, hash } = newTokenText();
    const token: ApiToken = {
      v: 1,
      id,
      hash,
      name,
      scope,
      ...(projects !== 'all' && { projects: [...projects] }),
      actor,
      created: isoTime(now),
      ...(expiresAt !== 'never' && { expires: isoTime(expiresAt) }),
    };
    // An id is short: it may be another token's.
    if ((await tokens.compareAndSet(tokenKey(id), encodeToken(token), 0)).kind === 'set') return { token, text };
  }
}

export interface TokenAt {
  readonly token: ApiToken;
  readonly revision: number;
}

/** @param id  as somebody typed it: what is no id names no token, and never another key */
export async function readToken(tokens: Pick<KeyValue, 'get'>, id: string): Promise<TokenAt | undefined> {
  const parsed = tokenIdSchema.safeParse(id);
  if (!parsed.success) return undefined;
  const entry = await tokens.get(tokenKey(parsed.data), { newest: true });
  return entry && { token: decodeToken(entry.value), revision: entry.revision };
}

export const newestFirst = (a: ApiToken, b: ApiToken): number =>
  a.created === b.created ? (a.id < b.id ? 1 : -1) : a.created < b.created ? 1 : -1;

export type RevokeTokenOutcome =
  | { readonly kind: 'revoked' | 'revoked-before'; readonly token: ApiToken }
  | { readonly kind: 'no-token' };

/** Who has it gets nothing more with the next request. Said again it changes nothing. */
export async function revokeToken({ tokens, clock }: TokenIo, id: string, actor: Actor): Promise<RevokeTokenOutcome> {
  for (;;) {
    const at = await readToken(tokens, id);
    if (!at) return { kind: 'no-token' };
    if (at.token.revoked) return { kind: 'revoked-before', token: at.token };
    const token: ApiToken = { ...at.token, revoked: { actor, ts: isoTime(clock.now()) } };
    const outcome = await tokens.compareAndSet(tokenKey(token.id), encodeToken(token), at.revision);
    if (outcome.kind === 'set') return { kind: 'revoked', token };
  }
}

export const isUseToBeNoted = ({ last_used }: ApiToken, now: number): boolean =>
  last_used === undefined || Date.parse(last_used) + NOTED_EVERY_MS <= now;

/** Once: who was faster has noted a use, or ended it. */
export async function noteUse({ tokens, clock }: TokenIo, id: string): Promise<void> {
  const at = await readToken(tokens, id);
  const now = clock.now();
  if (!at || at.token.revoked || !isUseToBeNoted(at.token, now)) return;
  const noted = encodeToken({ ...at.token, last_used: isoTime(now) });
  await tokens.compareAndSet(tokenKey(at.token.id), noted, at.revision);
}

/** Records of tokens that ended before, which nobody comes back to.
 *  @param endedBefore  milliseconds since 1970
 *  @returns how many went */
export async function purgeTokens({ tokens, clock }: TokenIo, endedBefore: number): Promise<number> {
  let purged = 0;
  for await (const key of tokens.keys(tokenKey('*'))) {
    const at = await readToken(tokens, key.slice(key.indexOf('.') + 1));
    if (!at || tokenState(at.token, clock.now()) === 'active' || endOf(at.token) >= endedBefore) continue;
    if (await tokens.delete(key, at.revision)) purged++;
  }
  return purged;
}

const endOf = ({ revoked, expires, created }: ApiToken): number => Date.parse(revoked?.ts ?? expires ?? created);
