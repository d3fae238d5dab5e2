// All API tokens as their records say it, followed and kept in memory: a page of them asks nobody, nor does a request that shows
// one. A revocation is here as soon as the watch hears of it, on every server.
import type { TokenQuery, TokensPage, TokenView } from '../app/token-view.ts';
import { type ApiToken, decodeToken, type TokenId, tokenState } from '../core/model/api-token.ts';
import type { Clock } from '../core/model/clock.ts';
import { tokenKey } from '../core/model/index-keys.ts';
import type { Log } from '../core/model/log.ts';
import type { KeyValue, KvEntry } from '../core/store/key-value.ts';
import { newestFirst } from '../core/token/tokens.ts';

export interface TokenBoardIo {
  readonly tokens: Pick<KeyValue, 'watch'>;
  readonly clock: Pick<Clock, 'now'>;
  /** @param token  as it was before it came back without its revocation */
  revocationForgotten(token: ApiToken): void;
  readonly log: Log;
}

export class TokenBoard {
  readonly #io: TokenBoardIo;
  readonly #changed: () => void;
  /** by key */
  readonly #found = new Map<string, ApiToken>();
  /** newest first; undefined: to be sorted anew */
  #sorted: readonly ApiToken[] | undefined;
  #lookedAt: number;

  /** @param changed  a token is another now */
  constructor(io: TokenBoardIo, changed: () => void) {
    this.#io = io;
    this.#changed = changed;
    this.#lookedAt = io.clock.now();
  }

  /** Runs until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    for await (const change of this.#io.tokens.watch(tokenKey('*'), { signal })) {
      if (change.kind === 'caught-up') continue;
      const key = change.kind === 'put' ? change.entry.key : change.key;
      const was = this.#found.get(key);
      this.#found.delete(key);
      this.#sorted = undefined;
      const token = change.kind === 'put' ? this.understood(change.entry) : undefined;
      // Nothing takes a revocation back: NATS has forgotten it (I12).
      const isForgotten = was?.revoked !== undefined && token !== undefined && token.revoked === undefined;
      if (isForgotten) this.#io.revocationForgotten(was);
      if (token) this.#found.set(key, isForgotten ? was : token);
      this.#changed();
    }
  }

  /** @returns undefined: it is no token for this version, so that who shows it is refused */
  understood({ key, value }: Pick<KvEntry, 'key' | 'value'>): ApiToken | undefined {
    try {
      return decodeToken(value);
    } catch (error) {
      this.#io.log.warn({ error, key }, `${key} is a token that this version does not understand: it is refused`);
      return undefined;
    }
  }

  /** @returns undefined: none that was heard of */
  find(id: TokenId): ApiToken | undefined {
    return this.#found.get(tokenKey(id));
  }

  page({ state, before, limit }: TokenQuery): TokensPage {
    const now = this.#io.clock.now();
    this.#sorted ??= [...this.#found.values()].sort(newestFirst);
    const mark = this.#sorted.find(({ id }) => id === before);
    const tokens: TokenView[] = [];
    for (const token of this.#sorted) {
      if (mark && newestFirst(token, mark) <= 0) continue;
      if ((tokenState(token, now) === 'active') !== (state === 'active')) continue;
      if (tokens.length === limit) return { tokens, next: tokens.at(-1)?.id };
      tokens.push(viewOf(token, now));
    }
    return { tokens, next: undefined };
  }

  /** Time alone ends a token: whoever looks at the list is told when it did. */
  noticeEnds(): void {
    const [from, to] = [this.#lookedAt, this.#io.clock.now()];
    this.#lookedAt = to;
    const hasEnded = ({ expires }: ApiToken): boolean => {
      const at = expires === undefined ? 0 : Date.parse(expires);
      return at > from && at <= to;
    };
    if ([...this.#found.values()].some(hasEnded)) this.#changed();
  }
}

export function viewOf(token: ApiToken, now: number): TokenView {
  const { id, name, scope, projects, actor, created, expires, last_used, revoked } = token;
  return {
    id,
    name,
    scope,
    projects: projects ?? 'all',
    state: tokenState(token, now),
    by: actor.id,
    createdAt: Date.parse(created),
    expiresAt: expires === undefined ? 'never' : Date.parse(expires),
    lastUsedAt: last_used === undefined ? undefined : Date.parse(last_used),
    revoked: revoked && { by: revoked.actor.id, at: Date.parse(revoked.ts) },
  };
}
