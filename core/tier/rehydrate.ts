// Brings an object back from cold to hot. Verified on the way in, as every put is (I6); of those who ask for it at the same
// time, also on other servers, one fetches it.
import { isoTime } from '../model/clock.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { rehydratingKey } from '../model/index-keys.ts';
import type { ObjectRecord } from '../model/object-record.ts';
import type { ColdGetOptions } from '../store/cold-store.ts';
import { ObjectCorruptError } from '../store/store-errors.ts';
import { systemEnvelope } from './archive-object.ts';
import type { Claims } from './claims.ts';
import { coldIsDamaged, coldIsGood } from './cold-damage.ts';
import { Flights } from './flights.ts';
import { asRead, changeRecord, seeRecord } from './object-records.ts';
import type { TierIo } from './tier-io.ts';

/** `there`: hot has it; `rehydrated`: it was fetched */
export type RehydrateResult = { readonly kind: 'there' | 'rehydrated'; readonly sizeBytes: number };

export class Rehydrator {
  readonly #io: TierIo;
  readonly #claims: Claims;
  readonly #fetched: (ms: number) => void;
  readonly #flights = new Flights<string, RehydrateResult>();

  /** @param fetched  told of each object that was brought back, and how long that took */
  constructor(io: TierIo, claims: Claims, fetched: (ms: number) => void = () => {}) {
    this.#io = io;
    this.#claims = claims;
    this.#fetched = fetched;
  }

  /** @throws ObjectAbsentError  neither tier has it; ObjectCorruptError  cold has no good copy; StoreUnavailableError */
  rehydrate(sha: Sha, project: ProjectName | undefined, signal: AbortSignal): Promise<RehydrateResult> {
    return this.#flights.share(sha, signal, () => this.#rehydrate(sha, project, signal));
  }

  /** What hot has is damaged: it goes only when cold has shown that its own copy is good (I3).
   *  @throws as `rehydrate` does; what hot has stays */
  replace(sha: Sha, project: ProjectName | undefined, signal: AbortSignal): Promise<RehydrateResult> {
    // A flight of its own: a look that finds the damaged copy is no answer.
    return this.#flights.share(`replace ${sha}`, signal, async () => {
      const { hot, cold, index } = this.#io;
      const { record } = await seeRecord(index, sha);
      await this.#notingDamage(sha, project, record, async () => {
        for await (const _ of (await cold.get(sha, { ...sizeIn(record), signal })).bytes) signal.throwIfAborted();
      });
      await hot.delete(sha);
      return this.#fetch(sha, project, signal);
    });
  }

  async #rehydrate(sha: Sha, project: ProjectName | undefined, signal: AbortSignal): Promise<RehydrateResult> {
    for (;;) {
      const stat = await this.#io.hot.stat(sha);
      if (stat.kind === 'present') return { kind: 'there', sizeBytes: stat.sizeBytes };
      const shared = await this.#claims.share(rehydratingKey(sha), signal, () => this.#fetch(sha, project, signal));
      if (shared.kind === 'did') return shared.result;
    }
  }

  async #fetch(sha: Sha, project: ProjectName | undefined, signal: AbortSignal): Promise<RehydrateResult> {
    const { index, events, clock, tenant } = this.#io;
    const startedAt = clock.now();
    const before = await seeRecord(index, sha);
    const sizeBytes = await this.#notingDamage(sha, project, before.record, () =>
      this.#copy(sha, { ...sizeIn(before.record), signal }),
    );
    const now = clock.now();
    this.#fetched(now - startedAt);
    const ts = isoTime(now);
    const record = await changeRecord(index, sha, broughtBack, before);
    // What a reader found damaged was so only on its way.
    if (record?.cold_damaged !== undefined) await coldIsGood(this.#io, { sha, sizeBytes });
    await events.publish([
      {
        ...systemEnvelope(tenant, project, 'rehydrator', ts, sha),
        id: `rehydrated-${sha}-${record?.cold ? Date.parse(record.cold.verified_at) : 0}-${Date.parse(ts)}`,
        type: 'ObjectRehydrated',
        payload: { sha, size: sizeBytes },
      },
    ]);
    return { kind: 'rehydrated', sizeBytes };
  }

  /** @returns its size */
  async #copy(sha: Sha, options: ColdGetOptions & { readonly signal: AbortSignal }): Promise<number> {
    const { hot, cold } = this.#io;
    const { sizeBytes, bytes } = await cold.get(sha, options);
    // The first reading is used by the first try; a put that has to begin anew opens the copy again.
    let first: AsyncIterable<Uint8Array> | undefined = bytes;
    const source = async function* () {
      const opened = first ?? (await cold.get(sha, options)).bytes;
      first = undefined;
      yield* opened;
    };
    await hot.put(sha, sizeBytes, source, { signal: options.signal });
    return sizeBytes;
  }

  /** Who reads a copy in cold to its end knows how it is, and says so as a scrub does. */
  async #notingDamage<T>(
    sha: Sha,
    project: ProjectName | undefined,
    record: ObjectRecord | undefined,
    read: () => Promise<T>,
  ): Promise<T> {
    try {
      return await read();
    } catch (error) {
      const isDamaged = error instanceof ObjectCorruptError && error.tier === 'cold';
      if (isDamaged) await coldIsDamaged(this.#io, { sha, sizeBytes: record?.size, project });
      throw error;
    }
  }
}

const sizeIn = (record: ObjectRecord | undefined): { readonly sizeBytes?: number } =>
  record ? { sizeBytes: record.size } : {};

/** It is in hot again, and the copy in cold has been read to its end. */
function broughtBack(record: ObjectRecord | undefined): ObjectRecord | undefined {
  if (!record || !(record.evicted || record.cold?.unread)) return record;
  const { evicted: _, cold, ...rest } = record;
  return { ...rest, ...(cold === undefined ? {} : { cold: asRead(cold) }) };
}
