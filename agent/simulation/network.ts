// What lies between a node and the stores: each call takes a while on the way there and back, the node may be cut off in
// between, an answer may be lost, or come from a server that lags, and a process that dies may have sent what nobody will hear the answer of.
import type { CommitIo } from '../../core/commit/commit.ts';
import { cachedNodes } from '../../core/manifest/cached-nodes.ts';
import { objectNodes } from '../../core/manifest/object-nodes.ts';
import type { KeyValue, KvChange, KvEntry } from '../../core/store/key-value.ts';
import type { ObjectStore } from '../../core/store/object-store.ts';
import type { PutHint, PutHints } from '../../core/store/put-hints.ts';
import { StoreUnavailableError } from '../../core/store/store-errors.ts';
import { type FaultRates, type SeededFaults, seededFaults } from '../../core/testing/faults.ts';
import { faultyKeyValue, faultyObjectStore } from '../../core/testing/faulty-stores.ts';
import { ProcessDeadError } from '../disk/memory-disk-error.ts';
import { Dice } from './dice.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface Line {
  /** the node hears nothing and is not heard */
  isCut: boolean;
  /** calls of this name are refused */
  refuses: 'put' | undefined;
  /** what is current is not told */
  isDeaf: boolean;
  /** so many swaps of `current` are under way */
  swaps: number;
  /** told when it is cut */
  readonly onCut: Set<() => void>;
  /** longest way of one message, one direction */
  readonly maxWayMs: number;
  /** how far the watch of `current` is behind, at the most */
  readonly maxLagMs: number;
}

export interface LinkOptions {
  readonly clock: VirtualClock;
  readonly objects: ObjectStore;
  readonly hints: PutHints;
  readonly index: KeyValue;
  /** the value as a server has it that lags; undefined: it has none */
  readonly lagging: (key: string) => KvEntry | undefined;
  readonly line: Line;
  readonly rates: FaultRates;
  readonly seed: number;
  readonly isDead: () => boolean;
}

export interface Link {
  readonly stores: CommitIo;
  readonly hints: PutHints;
  readonly faults: SeededFaults;
}

const CUT_MS = 200;

export const newLine = ({ maxWayMs, maxLagMs }: Pick<Line, 'maxWayMs' | 'maxLagMs'>): Line => ({
  isCut: false,
  isDeaf: false,
  swaps: 0,
  refuses: undefined,
  onCut: new Set(),
  maxWayMs,
  maxLagMs,
});

export function linkOf(options: LinkOptions): Link {
  const { clock, line, isDead } = options;
  const dice = new Dice(options.seed);
  const faults = seededFaults(dice.random, options.rates);
  const far = {
    objects: faultyObjectStore(options.objects, { faults, clock }),
    index: faultyKeyValue(options.index, { faults, clock }),
  };

  const way = () => clock.sleep(dice.random() * line.maxWayMs);
  const cut = async (what: string) => {
    await clock.sleep(CUT_MS);
    throw new StoreUnavailableError('hot', `${what} was not answered`);
  };

  async function call<T>(what: string, act: () => Promise<T>): Promise<T> {
    if (isDead()) throw new ProcessDeadError();
    await way();
    if (line.isCut) await cut(what);
    if (isDead()) {
      // It was on its way already.
      if (dice.chance(0.5)) await act().catch(() => {});
      throw new ProcessDeadError();
    }
    if (line.refuses === what) throw new StoreUnavailableError('hot', `${what} is refused`);
    const answer = await act();
    await way();
    if (isDead()) throw new ProcessDeadError();
    if (line.isCut) await cut(what);
    return answer;
  }

  /** What was on its way when the line was cut never comes; what is true then does. */
  async function* watch(from: KeyValue, filter: string, signal: AbortSignal): AsyncGenerator<KvChange> {
    for (;;) {
      while (line.isCut && !signal.aborted) await clock.sleep(CUT_MS);
      if (signal.aborted) return;
      const session = new AbortController();
      const onCut = () => session.abort();
      line.onCut.add(onCut);
      signal.addEventListener('abort', onCut, { once: true });
      try {
        for await (const change of from.watch(filter, { signal: session.signal })) {
          await clock.sleep(dice.random() * line.maxLagMs);
          while (line.isDeaf && !session.signal.aborted) await clock.sleep(CUT_MS);
          if (session.signal.aborted) break;
          yield change;
        }
      } finally {
        line.onCut.delete(onCut);
        signal.removeEventListener('abort', onCut);
      }
    }
  }

  const objects: ObjectStore = {
    put: (...args) => call('put', () => far.objects.put(...args)),
    get: (...args) => call('get', () => far.objects.get(...args)),
    stat: (...args) => call('stat', () => far.objects.stat(...args)),
    delete: (...args) => call('delete', () => far.objects.delete(...args)),
    list: () => far.objects.list(),
  };
  const index: KeyValue = {
    get: (key, asked) =>
      call('get', async () => {
        const newest = await far.index.get(key, asked);
        return (asked?.newest ? undefined : options.lagging(key)) ?? newest;
      }),
    compareAndSet: async (...args) => {
      line.swaps++;
      try {
        return await call('compareAndSet', () => far.index.compareAndSet(...args));
      } finally {
        line.swaps--;
      }
    },
    put: (...args) => call('put', () => far.index.put(...args)),
    delete: (...args) => call('delete', () => far.index.delete(...args)),
    keys: (filter) => far.index.keys(filter),
    watch: (filter, { signal }) => watch(far.index, filter, signal),
  };
  const hints = farHints(options.hints, { clock, line, way, cut, faults, isDead });
  const nodes = cachedNodes(objectNodes(objects), { maxBytes: 1 << 18 });
  return { stores: { objects, index, nodes, clock, random: dice.random }, hints, faults };
}

interface Way {
  readonly clock: VirtualClock;
  readonly line: Line;
  readonly faults: SeededFaults;
  way(): Promise<void>;
  cut(what: string): Promise<never>;
  isDead(): boolean;
}

/** Hints are lost, late, told twice, and wrong. */
function farHints(hints: PutHints, { clock, line, faults, way, cut, isDead }: Way): PutHints {
  const carry = async (hint: PutHint, arrive: (hint: PutHint) => void) => {
    if (isDead() || line.isCut) return;
    const fault = faults.next('hint');
    await way();
    if (fault?.kind === 'delay') await clock.sleep(fault.ms);
    if (fault?.kind === 'fail' || isDead() || line.isCut) return;
    if (fault?.kind === 'drop-ack') arrive(hint);
    const { chunks } = hint;
    arrive(fault?.kind === 'tear' ? { ...hint, chunks: { ...chunks, seqs: chunks.seqs.toReversed() } } : hint);
  };
  return {
    tell: (project, hint) => void carry(hint, (arrived) => hints.tell(project, arrived)),
    listen: (project, heard) => hints.listen(project, (hint) => void carry(hint, heard)),
    async *readChunks(sha, chunks, signal) {
      if (isDead()) throw new ProcessDeadError();
      await way();
      for await (const chunk of hints.readChunks(sha, chunks, signal)) {
        if (line.isCut) await cut('a chunk');
        if (isDead()) throw new ProcessDeadError();
        yield chunk;
      }
    },
  };
}
