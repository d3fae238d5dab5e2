// Shows a person how an agent is: live lines on a terminal, and in a pipe lines when something changed.
import type { Clock } from '../../core/model/clock.ts';
import type { NodeStatus } from '../../core/model/node-status.ts';
import type { Env } from '../../core/settings/env.ts';
import { steadyClock } from '../state/steady-clock.ts';
import { LiveLines, type TerminalOut } from './live-lines.ts';
import { liveLines, PlainLines } from './status-lines.ts';

export interface StatusOut extends TerminalOut {
  on(event: 'resize' | 'error', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

const TERMINAL_EVERY_MS = 200;
const PIPE_EVERY_MS = 1_000;

export class StatusDisplay {
  readonly #out: StatusOut;
  readonly #clock: Clock;
  readonly #live: LiveLines | undefined;
  readonly #plain = new PlainLines();

  constructor(out: StatusOut, clock: Clock, env: Env) {
    this.#out = out;
    this.#clock = steadyClock(clock);
    // A dumb terminal cannot go back to a line that it has written.
    if (out.isTTY && env.TERM !== 'dumb') this.#live = new LiveLines(out, (env.NO_COLOR ?? '') === '');
  }

  /** Where the log of the process goes that is seen on the same terminal: above the lines. */
  get log(): { write(text: string): void } | undefined {
    const live = this.#live;
    return live && { write: (text) => live.above(text) };
  }

  /** @returns how to stop it; it leaves nothing on the terminal then */
  follow(status: () => NodeStatus): () => void {
    const look = () => this.#look(status());
    const resized = () => this.#live?.resized();
    const timer = setInterval(look, this.#live ? TERMINAL_EVERY_MS : PIPE_EVERY_MS);
    timer.unref();
    this.#out.on('resize', resized);
    // Who reads along may go away; the agent stays.
    this.#out.on('error', () => {});
    look();
    return () => {
      clearInterval(timer);
      this.#out.off('resize', resized);
      this.#live?.end();
    };
  }

  #look(status: NodeStatus): void {
    if (this.#live) {
      this.#live.show(liveLines(status, Math.max(1, (this.#out.rows ?? 24) - 2)));
      return;
    }
    for (const line of this.#plain.look(status, this.#clock.now())) this.#out.write(`${line}\n`);
  }
}
