// The port of the index: small values under dotted keys, moved by compare-and-swap, watched as they change.

export interface KvEntry {
  readonly key: string;
  readonly value: Uint8Array;
  /** KV revision; never a stream seq of another stream */
  readonly revision: number;
  /** the store's clock when it was stored; milliseconds since 1970 */
  readonly storedAt: number;
}

export type CasOutcome =
  | { readonly kind: 'set'; readonly revision: number }
  /** someone else was first; `entry` is what is there now, undefined when it was deleted */
  | { readonly kind: 'moved'; readonly entry: KvEntry | undefined };

export type KvChange =
  | { readonly kind: 'put'; readonly entry: KvEntry }
  | { readonly kind: 'delete'; readonly key: string; readonly revision: number }
  /** every value that was there at the start of the watch has been delivered; sent once, also for an empty store */
  | { readonly kind: 'caught-up' };

export interface ReadOptions {
  /** The one answer that is behind no other, which takes longer. Default false: where the store has replicas, one that lags
   *  may answer with an older value, never with an absence. */
  readonly newest?: boolean;
}

export interface KeyValue {
  /** @returns undefined when there is none; @throws StoreUnavailableError when that is unknown */
  get(key: string, options?: ReadOptions): Promise<KvEntry | undefined>;

  /** @param revision  the revision that `key` must have now; 0 = it must not exist (a deleted key does not)
   *  @throws StoreUnavailableError  whether it was set is unknown: read before you try again */
  compareAndSet(key: string, value: Uint8Array, revision: number): Promise<CasOutcome>;

  put(key: string, value: Uint8Array): Promise<number>;

  /** Absent already is fine. With `revision`: only if it still has that one, else false. */
  delete(key: string, revision?: number): Promise<boolean>;

  /** The keys that match, e.g. `projects.*.current`; `*` is one token, `>` the rest. */
  keys(filter: string): AsyncIterable<string>;

  /** Current values first, then `caught-up`, then changes as they come; the newest value of a key is never missed, also
   *  across reconnects. Ends when the signal aborts. */
  watch(filter: string, options: { readonly signal: AbortSignal }): AsyncIterable<KvChange>;
}
