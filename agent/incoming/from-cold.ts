// What only cold has: a server is asked to bring it back to hot, beside the fetches, so that what takes long there keeps no
// place from what hot has. Each object is asked for once, in turn, whatever number of paths want it. While none can be had,
// all of them rest, and one question after the other tells when that is over; one that cannot be had while others can rests
// alone, ever longer.
import { unreachable } from '../../core/model/assert.ts';
import type { Clock } from '../../core/model/clock.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../../core/store/store-errors.ts';
import type { Recall, RecallAnswer } from '../../core/tier/recall.ts';
import { FIRST_REST_MS, LONGEST_REST_MS } from './holds.ts';

/** Each may be two seconds under way. */
const ASKED_AT_ONCE = 64;
/** What is on its way is asked for again after so long. */
const ON_ITS_WAY_MS = 1_000;

export interface FromColdIo {
  readonly clock: Pick<Clock, 'now'>;
  readonly signal: AbortSignal;
  readonly recall: Recall;
  /** Whether these bytes are still to come to the path. */
  isWanted(path: RelPath, sha: Sha): boolean;
  /** Hot may have what these paths want. */
  mayCome(paths: readonly RelPath[]): void;
  /** Cold has it not, or no good copy of it. */
  failed(path: RelPath, error: ObjectAbsentError | ObjectCorruptError): void;
  /** What only cold has cannot be had now, and is asked for again after so long. */
  cannot(path: RelPath, error: StoreUnavailableError, retryInMs: number): void;
  /** It can be had again. */
  can(path: RelPath): void;
  /** There may be something to do. */
  wake(): void;
}

interface Rest {
  readonly error: StoreUnavailableError;
  readonly until: number;
  readonly ms: number;
}

/** Of one object. */
interface OwnRest {
  readonly error: StoreUnavailableError;
  readonly ms: number;
  /** how many questions had been answered when it began */
  readonly answers: number;
}

export class FromCold {
  readonly #io: FromColdIo;
  readonly #shas = new Map<RelPath, Sha>();
  readonly #wanted = new Map<Sha, Set<RelPath>>();
  /** to be asked for, in this order */
  readonly #turns = new Set<Sha>();
  /** on their way, with when they are to be asked for again, in this order */
  readonly #onTheirWay = new Map<Sha, number>();
  /** what a server said that hot has again, until that shows */
  readonly #promised = new Map<RelPath, Sha>();
  /** what could not be had when it was asked for last */
  readonly #failing = new Map<Sha, OwnRest>();
  /** those of them that are not in turn yet, with when they are */
  readonly #resting = new Map<Sha, number>();
  #asking = 0;
  /** questions that were answered */
  #answers = 0;
  /** of all */
  #rest: Rest | undefined;
  #fault: { readonly error: unknown } | undefined;

  constructor(io: FromColdIo) {
    this.#io = io;
  }

  /** How many paths wait. */
  get size(): number {
    return this.#shas.size;
  }

  has(path: RelPath): boolean {
    return this.#shas.has(path);
  }

  /** Whether a server said that hot has again what hot does not give all the same: then to ask it at once would bring the
   *  same answer. It may be asked when this was said. */
  isBroken(path: RelPath, sha: Sha): boolean {
    return this.#promised.get(path) === sha && this.#promised.delete(path);
  }

  /** Whether the path may still want an answer. */
  isAbout(path: RelPath): boolean {
    return this.#shas.has(path) || this.#promised.has(path);
  }

  /** Forgets promises that were kept, or that nobody waits for any more. */
  prune(): void {
    for (const [path, sha] of this.#promised) if (!this.#io.isWanted(path, sha)) this.#promised.delete(path);
  }

  add(path: RelPath, sha: Sha): void {
    this.drop(path);
    this.#shas.set(path, sha);
    const paths = this.#wanted.get(sha);
    if (paths) paths.add(path);
    else {
      this.#wanted.set(sha, new Set([path]));
      this.#turns.add(sha);
    }
    const rest = this.#failing.get(sha) ?? this.#rest;
    if (rest) {
      const now = this.#io.clock.now();
      const until = this.#resting.get(sha) ?? this.#rest?.until ?? now;
      this.#io.cannot(path, rest.error, Math.max(0, until - now));
    }
    this.#io.wake();
  }

  drop(path: RelPath): void {
    this.#promised.delete(path);
    const sha = this.#shas.get(path);
    if (sha === undefined) return;
    this.#shas.delete(path);
    const paths = this.#wanted.get(sha);
    paths?.delete(path);
    if (paths?.size === 0) this.#forget(sha);
  }

  /** What could not be had may be had now. */
  retryNow(): void {
    if (this.#rest) this.#rest = { ...this.#rest, until: this.#io.clock.now() };
    this.#endRests();
    this.#io.wake();
  }

  /** Asks for as many as may be under way.
   *  @returns after how many ms there is more to do; undefined: when it is woken
   *  @throws what is no answer and no want of one */
  async step(): Promise<number | undefined> {
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault) throw fault.error;
    const now = this.#io.clock.now();
    this.#queueDue(now);
    if (this.#turns.size === 0) return this.#untilNext(now);
    if (this.#rest) {
      if (this.#rest.until > now) return this.#rest.until - now;
      if (this.#asking === 0) this.#askNext();
      return undefined;
    }
    while (this.#asking < ASKED_AT_ONCE && this.#askNext());
    return this.#untilNext(now);
  }

  #queueDue(now: number): void {
    for (const [sha, at] of this.#resting) if (at <= now) this.#queue(sha);
    for (const [sha, at] of this.#onTheirWay) {
      if (at > now) return;
      this.#queue(sha);
    }
  }

  #queue(sha: Sha): void {
    this.#resting.delete(sha);
    this.#onTheirWay.delete(sha);
    this.#turns.add(sha);
  }

  #endRests(): void {
    for (const sha of this.#resting.keys()) this.#queue(sha);
  }

  #untilNext(now: number): number | undefined {
    const [onItsWay = Number.POSITIVE_INFINITY] = this.#onTheirWay.values();
    const next = Math.min(onItsWay, ...this.#resting.values());
    return next === Number.POSITIVE_INFINITY ? undefined : Math.max(1, next - now);
  }

  /** @returns false when there is none */
  #askNext(): boolean {
    for (const sha of this.#turns) {
      this.#turns.delete(sha);
      for (const path of this.#wanted.get(sha) ?? []) if (!this.#io.isWanted(path, sha)) this.drop(path);
      if (!this.#wanted.has(sha)) continue;
      void this.#ask(sha);
      return true;
    }
    return false;
  }

  /** Never rejects. */
  async #ask(sha: Sha): Promise<void> {
    const { recall, signal, wake } = this.#io;
    const [rest, answers] = [this.#rest, this.#answers];
    this.#asking++;
    try {
      const answer = await recall.ask(sha).catch(answerOf);
      if (signal.aborted) return;
      if (answer.kind === 'failed') this.#cannot(sha, answer.reason, rest, answers);
      else this.#answered(sha, answer);
    } catch (error) {
      this.#fault = { error };
    } finally {
      this.#asking--;
      wake();
    }
  }

  #answered(sha: Sha, answer: Exclude<RecallAnswer, { kind: 'failed' }>): void {
    const { mayCome, failed, can, clock } = this.#io;
    this.#answers++;
    if (this.#failing.delete(sha)) for (const path of this.#wanted.get(sha) ?? []) can(path);
    if (this.#rest) {
      for (const path of this.#shas.keys()) can(path);
      this.#endRests();
    }
    this.#rest = undefined;
    switch (answer.kind) {
      case 'there': {
        const paths = this.#forget(sha);
        for (const path of paths) this.#promised.set(path, sha);
        mayCome(paths);
        break;
      }
      case 'waiting':
        if (this.#wanted.has(sha)) this.#onTheirWay.set(sha, clock.now() + ON_ITS_WAY_MS);
        break;
      case 'absent':
        for (const path of this.#forget(sha)) failed(path, new ObjectAbsentError(sha, 'cold'));
        break;
      case 'corrupt':
        for (const path of this.#forget(sha)) failed(path, new ObjectCorruptError(sha, 'cold', answer.detail));
        break;
      default:
        unreachable(answer);
    }
  }

  /** It may be this one only: that shows when others are answered, before it fails or until it fails again.
   *  @param rest  the one that was over when it was asked for; of several questions under way one begins the next
   *  @param answers  how many there were then */
  #cannot(sha: Sha, reason: string, rest: Rest | undefined, answers: number): void {
    const { clock, cannot } = this.#io;
    const error = new StoreUnavailableError('cold', reason);
    const before = this.#failing.get(sha);
    const isAlone = this.#answers > (before?.answers ?? answers);
    const paths = this.#wanted.get(sha) ?? [];
    const ownMs = longer(before);
    if (this.#wanted.has(sha)) {
      this.#failing.set(sha, { error, ms: ownMs, answers: this.#answers });
      this.#resting.set(sha, clock.now() + ownMs);
    }
    if (isAlone) for (const path of paths) cannot(path, error, ownMs);
    if (isAlone || rest !== this.#rest) return;
    const ms = longer(rest);
    this.#rest = { error, ms, until: clock.now() + ms };
    for (const path of this.#shas.keys()) cannot(path, error, ms);
  }

  /** @returns the paths that wanted it */
  #forget(sha: Sha): RelPath[] {
    const paths = [...(this.#wanted.get(sha) ?? [])];
    for (const path of paths) this.#shas.delete(path);
    this.#wanted.delete(sha);
    this.#turns.delete(sha);
    this.#onTheirWay.delete(sha);
    this.#resting.delete(sha);
    this.#failing.delete(sha);
    return paths;
  }
}

const longer = (rest: { readonly ms: number } | undefined): number =>
  rest ? Math.min(LONGEST_REST_MS, 2 * rest.ms) : FIRST_REST_MS;

/** No server answers. */
function answerOf(error: unknown): RecallAnswer {
  if (!(error instanceof StoreUnavailableError)) throw error;
  return { kind: 'failed', reason: error.detail };
}
