// Says how far a transfer is: one line that is written over on a terminal, a plain line every few seconds in a pipe.
import type { Clock } from '../../core/model/clock.ts';

export interface ProgressOut {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

const TERMINAL_EVERY_MS = 100;
const PIPE_EVERY_MS = 5_000;

export class Progress {
  readonly #out: ProgressOut;
  readonly #clock: Clock;
  readonly #what: string;
  readonly #total: Amount;
  readonly #startedAt: number;
  #saidAt: number;
  #files = 0;
  #bytes = 0;
  #width = 0;

  constructor(out: ProgressOut, clock: Clock, what: string, total: Amount) {
    this.#out = out;
    this.#clock = clock;
    this.#what = what;
    this.#total = total;
    this.#startedAt = clock.now();
    this.#saidAt = this.#startedAt;
  }

  add({ files, bytes }: Amount): void {
    this.#files += files;
    this.#bytes += bytes;
    const now = this.#clock.now();
    if (now - this.#saidAt < (this.#out.isTTY ? TERMINAL_EVERY_MS : PIPE_EVERY_MS)) return;
    this.#saidAt = now;
    const line = this.#line(now);
    if (this.#out.isTTY) this.#rewrite(line);
    else this.#out.write(`${line}\n`);
  }

  /** Leaves nothing of itself on a terminal. */
  end(): void {
    if (this.#width > 0) this.#rewrite('');
    if (this.#width > 0) this.#out.write('\r');
    this.#width = 0;
  }

  #line(now: number): string {
    const perMs = this.#bytes / Math.max(1, now - this.#startedAt);
    const leftMs = (this.#total.bytes - this.#bytes) / perMs;
    const eta = Number.isFinite(leftMs) ? `, ${timeText(leftMs)} left` : '';
    const done = `${this.#files}/${this.#total.files} files, ${sizeText(this.#bytes)} of ${sizeText(this.#total.bytes)}`;
    return `${this.#what}: ${done}, ${sizeText(perMs * 1_000)}/s${eta}`;
  }

  #rewrite(line: string): void {
    this.#out.write(`\r${line.padEnd(this.#width)}`);
    this.#width = Math.max(this.#width, line.length);
  }
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** 1234567 → `1.2 MB` */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1_000;
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

function timeText(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
