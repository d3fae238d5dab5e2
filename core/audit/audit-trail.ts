// What a process writes into the audit log: one entry after the other, in the order in which it was told of them. What cannot
// be written now waits and is tried again, loudly; the wait has an end, and what did not fit is counted in an entry of its own.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../model/clock.ts';
import { isoTime } from '../model/clock.ts';
import type { Log } from '../model/log.ts';
import type { KeyValue } from '../store/key-value.ts';
import { StoreDeniedError, StoreFullError, StoreUnavailableError } from '../store/store-errors.ts';
import type { AuditLog } from './audit-log.ts';
import type { AuditDraft, AuditEntry, AuditFact, AuditHead } from './entry.ts';
import { noteHead } from './noted-head.ts';

export interface Audit {
  /** What a person changed. Resolves when it is durable, or when it cannot be written now: the person's answer does not wait for
   *  longer, and it is written as soon as that works. */
  record(fact: AuditFact): Promise<void>;
  /** What many do, also strangers: written behind. What is the same within a minute is one entry and, at its end, a second one
   *  that says how often it came `again`. */
  note(fact: AuditFact): void;
}

export interface AuditStanding {
  /** entries that were written since the start */
  readonly written: number;
  /** entries that wait to be written */
  readonly waiting: number;
  /** those that were too many since the start */
  readonly missed: number;
  /** why and since when nothing can be written, milliseconds since 1970; undefined: it can */
  readonly failing: { readonly since: number; readonly why: string } | undefined;
  /** a noted entry that the log does not have any more, as was found then; undefined: it has it, or nobody has looked */
  readonly lost: (AuditHead & { readonly since: number }) | undefined;
}

export interface AuditTrailIo {
  readonly log: AuditLog;
  readonly index: Pick<KeyValue, 'get' | 'compareAndSet'>;
  readonly clock: Clock;
  /** of the process: each entry is in it too, with its hash, so that a log that is kept elsewhere is a witness */
  readonly processLog: Log;
  /** ends the tries of what cannot be written */
  readonly signal: AbortSignal;
  /** it stands otherwise now */
  changed?(): void;
}

interface Waiting {
  readonly draft: AuditDraft;
  /** a person waits for it */
  readonly settle?: () => void;
}

const MOST_WAITING = 10_000;
/** Strangers leave this room to people. */
const MOST_NOTES_WAITING = 2_000;
/** Of one action and outcome: who comes from many addresses at once must not fill a log that never forgets. */
const MOST_A_MINUTE = 60;
const MINUTE_MS = 60_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;

export class AuditTrail implements Audit {
  readonly #io: AuditTrailIo;
  #queue: Waiting[] = [];
  #pump: Promise<void> | undefined;
  #written = 0;
  #missed = 0;
  /** that no entry tells of yet */
  #untold = 0;
  #untoldSince = 0;
  #failing: AuditStanding['failing'];
  #lost: AuditStanding['lost'];
  #noted = new Map<string, { readonly fact: AuditFact; again: number }>();
  #minute: Promise<void> | undefined;

  constructor(io: AuditTrailIo) {
    this.#io = io;
  }

  get standing(): AuditStanding {
    return {
      written: this.#written,
      waiting: this.#queue.length,
      missed: this.#missed,
      failing: this.#failing,
      lost: this.#lost,
    };
  }

  record(fact: AuditFact): Promise<void> {
    const draft = this.#draft(fact);
    if (this.#queue.length >= MOST_WAITING) {
      this.#miss(draft);
      return Promise.resolve();
    }
    if (this.#failing) this.#warn(draft);
    return new Promise((settle) => {
      this.#enqueue(this.#failing ? { draft } : { draft, settle });
      if (this.#failing) settle();
    });
  }

  note(fact: AuditFact): void {
    const key = JSON.stringify(fact);
    const same = this.#noted.get(key);
    if (same) {
      same.again += 1;
      return;
    }
    const kind = (one: AuditFact) => `${one.action} ${one.outcome}`;
    const alike = [...this.#noted.values()].filter((one) => kind(one.fact) === kind(fact)).length;
    this.#startMinute();
    if (alike >= MOST_A_MINUTE || this.#queue.length >= MOST_NOTES_WAITING) {
      this.#miss();
      return;
    }
    this.#noted.set(key, { fact, again: 0 });
    this.#enqueue({ draft: this.#draft(fact) });
  }

  /** Writes what it was told of; gives up when that fails. Nothing is told to it afterwards. */
  async close(): Promise<void> {
    this.#endMinute();
    await this.#pump;
    for (const { draft } of this.#queue) {
      this.#io.processLog.error({ audit: draft }, 'this entry of the audit log could not be written before the end');
    }
  }

  #draft(fact: AuditFact): AuditDraft {
    return { ...fact, id: randomUUID(), ts: isoTime(this.#io.clock.now()) };
  }

  #enqueue(waiting: Waiting): void {
    this.#queue.push(waiting);
    this.#pump ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#queue.length > 0 && !(this.#failing && this.#io.signal.aborted)) {
        const newest = await this.#drain();
        if (newest) await this.#note(newest);
      }
    } finally {
      this.#pump = undefined;
    }
  }

  /** @returns the newest that was written */
  async #drain(): Promise<AuditEntry | undefined> {
    let newest: AuditEntry | undefined;
    for (let failures = 0; this.#queue[0]; ) {
      const { draft, settle } = this.#queue[0];
      try {
        newest = await this.#io.log.append(draft);
        this.#queue.shift();
        this.#wrote(newest);
        settle?.();
        failures = 0;
      } catch (error) {
        if (!isOfStore(error)) {
          // Nothing will ever write this one, and it must not keep back the others.
          this.#queue.shift();
          this.#miss(draft, error);
          settle?.();
          continue;
        }
        this.#fail(error);
        const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
        failures += 1;
        await this.#io.clock.sleep(pauseMs, this.#io.signal).catch(() => {});
        if (this.#io.signal.aborted) break;
      }
    }
    return newest;
  }

  #wrote(entry: AuditEntry): void {
    const { seq, hash, action, actor, scope, asked, outcome } = entry;
    this.#written += 1;
    this.#io.processLog.info(
      { audit: action, seq, hash, actor, scope, asked, outcome },
      `audit ${seq}: ${actor.id} ${action} (${outcome})`,
    );
    if (!this.#failing) return;
    this.#failing = undefined;
    this.#io.changed?.();
  }

  /** Nobody waits any longer for what may take hours. */
  #fail(error: Error): void {
    const isFirst = this.#failing === undefined;
    this.#failing = { since: this.#failing?.since ?? this.#io.clock.now(), why: error.message };
    for (const [at, { draft, settle }] of this.#queue.entries()) {
      if (!settle) continue;
      this.#warn(draft);
      settle();
      this.#queue[at] = { draft };
    }
    if (!isFirst) return;
    this.#io.processLog.error({ error }, 'the audit log cannot be written; what happens waits for it');
    this.#io.changed?.();
  }

  #warn(draft: AuditDraft): void {
    this.#io.processLog.error({ audit: draft }, 'this entry waits for the audit log, which cannot be written');
  }

  #miss(draft?: AuditDraft, error?: unknown): void {
    if (this.#untold === 0) this.#untoldSince = this.#io.clock.now();
    this.#missed += 1;
    this.#untold += 1;
    if (draft) this.#io.processLog.error({ audit: draft, error }, 'this entry is in no audit log');
    this.#startMinute();
  }

  #startMinute(): void {
    this.#minute ??= this.#io.clock.sleep(MINUTE_MS, this.#io.signal).then(
      () => this.#endMinute(),
      () => {},
    );
  }

  #endMinute(): void {
    this.#minute = undefined;
    for (const { fact, again } of this.#noted.values()) {
      if (again > 0) this.#enqueue({ draft: this.#draft({ ...fact, asked: { ...askedOf(fact), again } }) });
    }
    this.#noted.clear();
    if (this.#untold === 0) return;
    const asked = { count: this.#untold, since: isoTime(this.#untoldSince) };
    this.#untold = 0;
    const actor = { kind: 'system', id: 'audit' } as const;
    this.#enqueue({
      draft: this.#draft({ actor, action: 'audit.missed', scope: {}, asked, outcome: 'not-written' }),
    });
  }

  async #note({ seq, hash }: AuditEntry): Promise<void> {
    try {
      const lost = await noteHead(this.#io, { seq, hash });
      if (!lost || this.#lost) return;
      this.#lost = { ...lost, since: this.#io.clock.now() };
      this.#io.processLog.error({ lost }, `entry ${lost.seq} was in the audit log, and is not there any more`);
      this.#io.changed?.();
    } catch (error) {
      this.#io.processLog.warn({ error, seq }, 'how far the audit log is could not be noted; the next entry does it');
    }
  }
}

function isOfStore(error: unknown): error is Error {
  return [StoreUnavailableError, StoreFullError, StoreDeniedError].some((kind) => error instanceof kind);
}

const askedOf = ({ asked }: AuditFact): object => (typeof asked === 'object' && asked !== null ? asked : {});
