// All share links as their records say it, followed and kept in memory, so that a page of them asks nobody.
import type { ShareQuery, SharesPage, ShareView } from '../app/share-view.ts';
import type { Clock } from '../core/model/clock.ts';
import { shareKey } from '../core/model/index-keys.ts';
import type { Log } from '../core/model/log.ts';
import { decodeShare, type Share, shareState } from '../core/model/share.ts';
import { newestFirst } from '../core/share/shares.ts';
import type { KeyValue } from '../core/store/key-value.ts';

export interface ShareBoardIo {
  readonly shares: Pick<KeyValue, 'watch'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  unseal(sealed: string): string | undefined;
}

export class ShareBoard {
  readonly #io: ShareBoardIo;
  readonly #changed: () => void;
  /** by key */
  readonly #found = new Map<string, Share>();
  /** newest first; undefined: to be sorted anew */
  #sorted: readonly Share[] | undefined;
  #lookedAt: number;

  /** @param changed  a link is another now */
  constructor(io: ShareBoardIo, changed: () => void) {
    this.#io = io;
    this.#changed = changed;
    this.#lookedAt = io.clock.now();
  }

  /** Runs until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    for await (const change of this.#io.shares.watch(shareKey('*'), { signal })) {
      if (change.kind === 'caught-up') continue;
      const key = change.kind === 'put' ? change.entry.key : change.key;
      this.#found.delete(key);
      this.#sorted = undefined;
      if (change.kind === 'put') {
        try {
          this.#found.set(key, decodeShare(change.entry.value));
        } catch (error) {
          this.#io.log.warn({ error, key }, `${key} is a link that this version does not understand: it is not shown`);
        }
      }
      this.#changed();
    }
  }

  page({ project, state, before, limit }: ShareQuery): SharesPage {
    const now = this.#io.clock.now();
    this.#sorted ??= [...this.#found.values()].sort(newestFirst);
    const mark = this.#sorted.find(({ id }) => id === before);
    const shares: ShareView[] = [];
    for (const share of this.#sorted) {
      if (mark && newestFirst(share, mark) <= 0) continue;
      if (project !== undefined && share.scope.project !== project) continue;
      if ((shareState(share, now) === 'active') !== (state === 'active')) continue;
      if (shares.length === limit) return { shares, next: shares.at(-1)?.id };
      shares.push(this.viewOf(share));
    }
    return { shares, next: undefined };
  }

  viewOf(share: Share): ShareView {
    const { id, scope, actor, created, expires, uses, max_uses, last_used, password, revoked, sealed } = share;
    return {
      id,
      scope,
      state: shareState(share, this.#io.clock.now()),
      by: actor.id,
      createdAt: Date.parse(created),
      expiresAt: expires === undefined ? undefined : Date.parse(expires),
      uses,
      maxUses: max_uses,
      lastUsedAt: last_used === undefined ? undefined : Date.parse(last_used),
      hasPassword: password !== undefined,
      revoked: revoked && { by: revoked.actor.id, at: Date.parse(revoked.ts) },
      token: sealed === undefined ? undefined : this.#io.unseal(sealed),
    };
  }

  /** Time alone ends a link: whoever looks at the list is told when it did. */
  noticeEnds(): void {
    const [from, to] = [this.#lookedAt, this.#io.clock.now()];
    this.#lookedAt = to;
    const hasEnded = ({ expires }: Share): boolean => {
      const at = expires === undefined ? 0 : Date.parse(expires);
      return at > from && at <= to;
    };
    if ([...this.#found.values()].some(hasEnded)) this.#changed();
  }
}
