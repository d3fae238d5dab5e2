// `fs-sync` as a process of its own, for tests: what it says is collected, and can be waited for.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, '../../scripts/fs-sync.mjs');

export interface ProgramEnd {
  /** null: a signal ended it */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<ProgramEnd>;
  /** Resolves with all that it said when that matches, on either stream; rejects when it ended without. */
  said(what: RegExp): Promise<string>;
}

export class Programs {
  readonly #env: () => Readonly<Record<string, string>>;
  readonly #children = new Set<ChildProcess>();

  /** @param env  over the test's own, asked at each start */
  constructor(env: () => Readonly<Record<string, string>>) {
    this.#env = env;
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
    const options = { stdio: 'pipe', env: { ...process.env, ...this.#env(), ...env } } as const;
    const child = spawn(process.execPath, [PROGRAM, ...args], options);
    this.#children.add(child);
    const said = { out: '', err: '' };
    const waiting = new Set<() => void>();
    const hear = (stream: 'out' | 'err') => (text: Buffer) => {
      said[stream] += text.toString('utf8');
      for (const look of waiting) look();
    };
    child.stdout.on('data', hear('out'));
    child.stderr.on('data', hear('err'));
    const ended = new Promise<ProgramEnd>((resolve) => child.once('close', (code) => resolve({ code, ...said })));
    return {
      child,
      ended,
      said: (what) =>
        new Promise((resolve, reject) => {
          const look = () => {
            if (!what.test(said.out) && !what.test(said.err)) return;
            waiting.delete(look);
            resolve(said.out + said.err);
          };
          waiting.add(look);
          look();
          void ended.then(({ code, err }) => reject(new Error(`it ended with ${code} and never said ${what}: ${err}`)));
        }),
    };
  }

  /** kill -9 to all that are left. */
  kill(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }
}
