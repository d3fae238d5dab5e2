// Makes, reads and ends share links. Each record is moved by compare-and-swap; what is told of it comes after, and before
// anybody gets something by it: a link is shown when its creation was told, and opens when its use was.

import { deletionsOf } from '../commit/delete-project.ts';
import type { Clock } from '../model/clock.ts';
import { isoTime } from '../model/clock.ts';
import type { Actor } from '../model/commit.ts';
import type { ProjectName } from '../model/ids.ts';
import { shareKey } from '../model/index-keys.ts';
import {
  type ClosedReason,
  decodeShare,
  encodeShare,
  type Share,
  type ShareId,
  type ShareScope,
  shareIdSchema,
  shareState,
} from '../model/share.ts';
import type { KeyValue } from '../store/key-value.ts';
import { keepPassword } from './password.ts';
import { type TellIo, tellShare } from './tell-share.ts';
import { idOfToken, newToken } from './token.ts';

export interface ShareIo extends TellIo {
  readonly shares: Pick<KeyValue, 'get' | 'keys' | 'compareAndSet' | 'delete'>;
  readonly clock: Pick<Clock, 'now'>;
}

export interface NewShare {
  readonly scope: ShareScope;
  /** the revision of the index at which the scope's project was seen */
  readonly since: number;
  readonly actor: Actor;
  /** milliseconds since 1970; undefined: until it is revoked */
  readonly expiresAt?: number | undefined;
  /** undefined: as often as wanted */
  readonly maxUses?: number | undefined;
  readonly password?: string | undefined;
}

/** @param seal  hides the token in the record for those who may show it again
 *  @returns the token, which is nowhere else
 *  @throws StoreUnavailableError  nobody has its token, so that there may as well be none */
export async function createShare(
  io: ShareIo,
  { scope, since, actor, expiresAt, maxUses, password }: NewShare,
  seal?: (token: string) => string,
): Promise<{ readonly share: Share; readonly token: string }> {
  const token = newToken();
  const id = idOfToken(token);
  if (id === undefined) throw new Error('a new token is a token');
  const created = isoTime(io.clock.now());
  const share: Share = {
    v: 1,
    id,
    scope,
    actor,
    created,
    since,
    ...(expiresAt !== undefined && { expires: isoTime(expiresAt) }),
    ...(maxUses !== undefined && { max_uses: maxUses }),
    uses: 0,
    ...(password !== undefined && { password: await keepPassword(password) }),
    ...(seal && { sealed: seal(token) }),
  };
  await io.shares.compareAndSet(shareKey(id), encodeShare(share), 0);
  await tellShare(io, share, { kind: 'created' });
  return { share, token };
}

export interface ShareAt {
  readonly share: Share;
  readonly revision: number;
}

/** @param id  as somebody typed it: what is no id names no link, and never another key */
export async function readShare(shares: Pick<KeyValue, 'get'>, id: string): Promise<ShareAt | undefined> {
  const parsed = shareIdSchema.safeParse(id);
  if (!parsed.success) return undefined;
  const entry = await shares.get(shareKey(parsed.data), { newest: true });
  return entry && { share: decodeShare(entry.value), revision: entry.revision };
}

/** All of them, the newest first. */
export async function listShares(shares: Pick<KeyValue, 'get' | 'keys'>): Promise<readonly Share[]> {
  const found: Share[] = [];
  for await (const id of idsOf(shares)) {
    const at = await readShare(shares, id);
    if (at) found.push(at.share);
  }
  return found.sort(newestFirst);
}

export const newestFirst = (a: Share, b: Share): number =>
  a.created === b.created ? (a.id < b.id ? 1 : -1) : a.created < b.created ? 1 : -1;

export async function* idsOf(shares: Pick<KeyValue, 'keys'>): AsyncIterable<string> {
  for await (const key of shares.keys(shareKey('*'))) yield key.slice(key.indexOf('.') + 1);
}

export type RevokeOutcome =
  | { readonly kind: 'revoked'; readonly share: Share }
  | { readonly kind: 'revoked-before'; readonly share: Share }
  | { readonly kind: 'no-share' };

/** Who had it open gets nothing more with the next request. Said again it is told again, and changes nothing. */
export async function revokeShare(io: ShareIo, id: string, actor: Actor): Promise<RevokeOutcome> {
  for (;;) {
    const at = await readShare(io.shares, id);
    if (!at) return { kind: 'no-share' };
    if (at.share.revoked) {
      await tellShare(io, at.share, { kind: 'revoked' });
      return { kind: 'revoked-before', share: at.share };
    }
    const share: Share = { ...at.share, revoked: { actor, ts: isoTime(io.clock.now()) } };
    const outcome = await io.shares.compareAndSet(shareKey(share.id), encodeShare(share), at.revision);
    if (outcome.kind !== 'set') continue;
    await tellShare(io, share, { kind: 'revoked' });
    return { kind: 'revoked', share };
  }
}

export type UseOutcome =
  | { readonly kind: 'used'; readonly share: Share }
  | { readonly kind: 'closed'; readonly reason: ClosedReason; readonly share: Share }
  | { readonly kind: 'no-share' };

/** Counts one use. Of many who come at once, no more get in than may.
 *  @throws StoreUnavailableError  it may be counted, and nobody got in */
export async function useShare(io: ShareIo, id: ShareId, from: string | undefined): Promise<UseOutcome> {
  for (;;) {
    const at = await readShare(io.shares, id);
    if (!at) return { kind: 'no-share' };
    const now = io.clock.now();
    const state = shareState(at.share, now);
    if (state !== 'active') return { kind: 'closed', reason: state, share: at.share };
    const share: Share = { ...at.share, uses: at.share.uses + 1, last_used: isoTime(now) };
    const outcome = await io.shares.compareAndSet(shareKey(id), encodeShare(share), at.revision);
    if (outcome.kind !== 'set') continue;
    await tellShare(io, share, { kind: 'used', from });
    return { kind: 'used', share };
  }
}

/** The links of a renamed project follow it. Those of one that had the name before have ended with it, and stay behind. Said
 *  again it changes nothing. */
export async function followRenameOfShares(
  io: {
    readonly shares: Pick<KeyValue, 'keys' | 'get' | 'compareAndSet'>;
    readonly index: Pick<KeyValue, 'keys' | 'get'>;
  },
  from: ProjectName,
  to: ProjectName,
): Promise<void> {
  const { shares, index } = io;
  const ends = (await deletionsOf(index, from)).sort((a, b) => a.revision - b.revision);
  for await (const id of idsOf(shares)) {
    for (;;) {
      const at = await readShare(shares, id);
      if (!at || at.share.scope.project !== from) break;
      const { scope, since } = at.share;
      const end = ends.find(({ revision }) => revision > since);
      if (end?.deleted.renamed_to !== to) break;
      const share: Share = { ...at.share, scope: { ...scope, project: to }, since: end.revision };
      if ((await shares.compareAndSet(shareKey(share.id), encodeShare(share), at.revision)).kind === 'set') break;
    }
  }
}
