// One of several servers does a piece of work, the others wait for it. A claim is a record that its holder writes again and
// again; one whose holder fell silent is taken over. Silence is what the waiting one saw itself, so clocks need not agree.
import type { Clock } from '../model/clock.ts';
import type { KeyValue, KvEntry } from '../store/key-value.ts';

export type Shared<T> = { readonly kind: 'did'; readonly result: T } | { readonly kind: 'waited' };

const BEAT_EVERY_MS = 4_000;
const SILENT_MS = 15_000;
const LOOK_EVERY_MS = 250;

export class Claims {
  readonly #records: Pick<KeyValue, 'get' | 'compareAndSet' | 'delete'>;
  readonly #clock: Clock;
  readonly #holder: Uint8Array;

  /** @param instance  this server, unique among all */
  constructor(records: Pick<KeyValue, 'get' | 'compareAndSet' | 'delete'>, instance: string, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
    this.#holder = Buffer.from(JSON.stringify({ by: instance }));
  }

  /** @returns `waited` when somebody else had the claim and has let go of it: look at what came of that */
  async share<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<Shared<T>> {
    for (;;) {
      const outcome = await this.#records.compareAndSet(key, this.#holder, 0);
      if (outcome.kind === 'set') return { kind: 'did', result: await this.#hold(key, outcome.revision, work) };
      if (outcome.entry && (await this.#untilFree(key, outcome.entry, signal)) === 'freed') return { kind: 'waited' };
    }
  }

  /** Waits until nobody has the claim, and does not take it: enough for who has made something that a later holder sees. */
  async untilFree(key: string, signal: AbortSignal): Promise<void> {
    const entry = await this.#records.get(key);
    if (entry) await this.#untilFree(key, entry, signal);
  }

  async #hold<T>(key: string, revision: number, work: () => Promise<T>): Promise<T> {
    let held = revision;
    const done = new AbortController();
    const beating = (async () => {
      while (!done.signal.aborted) {
        await this.#clock.sleep(BEAT_EVERY_MS, done.signal).catch(() => undefined);
        if (done.signal.aborted) return;
        const outcome = await this.#records.compareAndSet(key, this.#holder, held).catch(() => undefined);
        // Lost: another one does the same work, which is repeatable.
        if (outcome?.kind === 'moved') return;
        if (outcome) held = outcome.revision;
      }
    })();
    try {
      return await work();
    } finally {
      done.abort();
      await beating;
      await this.#records.delete(key, held).catch(() => undefined);
    }
  }

  /** @returns `silent` when its holder is gone and the claim was taken away from it */
  async #untilFree(key: string, seen: KvEntry, signal: AbortSignal): Promise<'freed' | 'silent'> {
    let { revision } = seen;
    for (let silentMs = 0; silentMs < SILENT_MS; silentMs += LOOK_EVERY_MS) {
      await this.#clock.sleep(LOOK_EVERY_MS, signal);
      const now = await this.#records.get(key);
      if (!now) return 'freed';
      if (now.revision !== revision) silentMs = 0;
      revision = now.revision;
    }
    await this.#records.delete(key, revision);
    return 'silent';
  }
}
