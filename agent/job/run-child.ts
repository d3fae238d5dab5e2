// Runs the command of a job as if it had been started in its place: the same terminal and streams, signals passed on, and
// its exit code as shells give it.
import { spawn } from 'node:child_process';
import { exitCodeOf } from './signals.ts';

export type ChildEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: NodeJS.Signals; readonly code: number }
  /** it is no command that this user may run; 127 and 126, as shells say it */
  | { readonly kind: 'not-started'; readonly code: 127 | 126; readonly why: string };

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;
/** A terminal sends these to the command itself, which is in its foreground too. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGWINCH'];

export interface ChildOptions {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

export function runChild({ command: [program, ...args], cwd, env }: ChildOptions): Promise<ChildEnd> {
  return new Promise((resolve) => {
    const passOn = (signal: NodeJS.Signals) => {
      if (process.stdin.isTTY && FROM_TERMINAL.includes(signal)) return;
      child.kill(signal);
    };
    // Before the child is there: a signal that comes while it starts would end this process alone. It is handled in a
    // later turn, when there is a child.
    for (const signal of PASSED_ON) process.on(signal, passOn);
    const child = spawn(program, args, { cwd, env, stdio: 'inherit' });
    const end = (how: ChildEnd) => {
      for (const signal of PASSED_ON) process.off(signal, passOn);
      resolve(how);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      // A signal that could not be sent to a running child is no end of it.
      if (child.pid !== undefined) return;
      const missing = error.code === 'ENOENT';
      const why = missing ? `there is no command ${program}` : `${program} cannot be run (${error.code})`;
      end({ kind: 'not-started', code: missing ? 127 : 126, why });
    });
    child.once('exit', (code, signal) => {
      if (signal) end({ kind: 'signalled', signal, code: exitCodeOf(signal) });
      else end({ kind: 'exited', code: code ?? 0 });
    });
  });
}
