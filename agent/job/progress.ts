// Says how far a transfer is: one line that is written over on a terminal, a plain line every few seconds in a pipe.
import type { Clock } from '../../core/model/clock.ts';
import { LiveLines, type TerminalOut } from '../progress/live-lines.ts';
import { Pace } from '../progress/pace.ts';
import { countText, paceText } from '../progress/words.ts';
import { steadyClock } from '../state/steady-clock.ts';

export type ProgressOut = TerminalOut;

export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

const TERMINAL_EVERY_MS = 100;
const PIPE_EVERY_MS = 5_000;

export class Progress {
  readonly #out: ProgressOut;
  readonly #live: LiveLines | undefined;
  readonly #clock: Clock;
  readonly #what: string;
  readonly #total: Amount;
  readonly #pace = new Pace();
  #saidAt: number;
  #files = 0;
  #bytes = 0;

  constructor(out: ProgressOut, clock: Clock, what: string, total: Amount) {
    this.#out = out;
    if (out.isTTY) this.#live = new LiveLines(out, false);
    this.#clock = steadyClock(clock);
    this.#what = what;
    this.#total = total;
    this.#saidAt = this.#clock.now();
    this.#line(this.#saidAt);
  }

  add({ files, bytes }: Amount): void {
    this.#files += files;
    this.#bytes += bytes;
    const now = this.#clock.now();
    if (now - this.#saidAt < (this.#live ? TERMINAL_EVERY_MS : PIPE_EVERY_MS)) return;
    this.#saidAt = now;
    const line = this.#line(now);
    if (this.#live) this.#live.show([[{ text: line }]]);
    else this.#out.write(`${line}\n`);
  }

  /** Leaves nothing of itself on a terminal. */
  end(): void {
    this.#live?.end();
  }

  #line(now: number): string {
    const [done, total] = [{ files: this.#files, bytes: this.#bytes }, this.#total];
    const left = { files: total.files - done.files, bytes: total.bytes - done.bytes };
    const pace = paceText(this.#pace.look(now, { done, left, unsized: 0 }));
    const files = `${countText(done.files)}/${countText(total.files)} files`;
    return `${this.#what}: ${files}${pace === '' ? '' : `, ${pace}`}`;
  }
}
