// Whether the cold tier works, and is the one that the records speak of. Sync needs neither, so a server starts without;
// until it answers, or where it is another one, the pages say what is wrong, and nothing is archived or evicted.
import type { Clock } from '../core/model/clock.ts';
import type { Log } from '../core/model/log.ts';
import type { ColdStore } from '../core/store/cold-store.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import {
  type ColdIdentityIo,
  type ColdStanding,
  coldStanding,
  StrangeColdError,
  strangeCold,
  takeCold,
} from '../core/tier/cold-identity.ts';
import type { Health } from './health.ts';

const RETRY_MS = 15_000;
/** While all is well: a mount may go away under a server that runs. */
const LOOK_EVERY_MS = 60_000;

export interface ColdWatchIo extends ColdIdentityIo {
  readonly cold: ColdStore;
  /** told with each look when a person made it the one of the records; milliseconds since 1970 */
  readonly onAdopted: (at: number) => void;
  readonly clock: Clock;
  readonly log: Log;
}

export class ColdWatch {
  readonly #io: ColdWatchIo;
  readonly #health: Pick<Health, 'coldWorked' | 'coldFailed' | 'coldStands'>;
  /** It said once what it is, the right one or not: before, a try for each object would only say the same many times. */
  readonly answered: Promise<void>;
  /** It was the right one, and works. */
  readonly usable: Promise<void>;
  #answer = (): void => undefined;
  #use = (): void => undefined;
  #strange: string | undefined;
  #isProbed = false;

  constructor(io: ColdWatchIo, health: Pick<Health, 'coldWorked' | 'coldFailed' | 'coldStands'>) {
    this.#io = io;
    this.#health = health;
    this.answered = new Promise((resolve) => {
      this.#answer = resolve;
    });
    this.usable = new Promise((resolve) => {
      this.#use = resolve;
    });
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#io;
    while (!signal.aborted) {
      let pauseMs = RETRY_MS;
      try {
        if ((await this.look()).kind === 'own') pauseMs = LOOK_EVERY_MS;
      } catch (error) {
        log.warn({ error }, `cold storage does not work yet: ${error instanceof Error ? error.message : error}`);
        this.#health.coldFailed(error, RETRY_MS);
      }
      await clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }

  /** Compares afresh. A place that the records do not speak of is only read: no bucket is made where a name was mistyped.
   *  @throws StoreUnavailableError and the like */
  async look(): Promise<ColdStanding> {
    let standing = await coldStanding(this.#io);
    if (standing.kind === 'unknown') {
      await this.#probe();
      standing = await takeCold(this.#io);
    }
    const strange = standing.kind === 'strange' ? strangeCold(standing, this.#io.place) : undefined;
    if (strange !== undefined && strange !== this.#strange) this.#io.log.error({ standing }, strange);
    this.#strange = strange;
    this.#health.coldStands(strange);
    if (standing.kind === 'own') {
      if (standing.adoptedAt !== undefined) this.#io.onAdopted(standing.adoptedAt);
      if (!this.#isProbed) await this.#probe();
      this.#use();
    }
    this.#answer();
    return standing;
  }

  /** @throws StrangeColdError  for who is about to act on records of cold (I3) */
  async requireOwn(): Promise<void> {
    await this.look();
    if (this.#strange !== undefined) throw new StrangeColdError(this.#strange);
  }

  /** The same storage, into which nothing goes while it is not the right one. */
  guarded(): ColdStore {
    const { cold } = this.#io;
    const guard =
      <A extends readonly unknown[], R>(act: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        if (this.#strange !== undefined) throw new StoreUnavailableError('cold', this.#strange);
        return act(...args);
      };
    const { uploads } = cold;
    return {
      ...cold,
      put: guard(cold.put),
      ...(uploads && {
        uploads: {
          link: guard(uploads.link),
          copy: guard(uploads.copy),
          get: guard(uploads.get),
          drop: guard(uploads.drop),
          sweep: guard(uploads.sweep),
        },
      }),
    };
  }

  async #probe(): Promise<void> {
    const { cold, log } = this.#io;
    const capabilities = await cold.probe();
    this.#isProbed = true;
    log.info({ capabilities }, `cold tier: ${cold.kind}`);
    this.#health.coldWorked();
  }
}
