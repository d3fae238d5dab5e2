// One child process of `fs-sync up`: started again when it dies, its log kept in a file, its warnings shown to the person.
// Children run in groups of their own, so that Ctrl-C reaches only `up`, which then ends them in the right order; over
// the IPC channel they notice by themselves when `up` was killed.
import { type ChildProcess, fork } from 'node:child_process';
import { createWriteStream, statSync, truncateSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';

export interface ChildOptions {
  readonly name: string;
  /** the JavaScript file that is run */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  /** one line for the person at the terminal */
  readonly say: (line: string) => void;
}

/** The child said why it cannot start; the message is for a person. */
export class ChildStartError extends Error {
  override name = 'ChildStartError';
}

const RESTART_MIN_MS = 500;
const RESTART_MAX_MS = 10_000;
const HEALTHY_AFTER_MS = 30_000;
const STOP_TIMEOUT_MS = 8_000;
const LOG_LIMIT_BYTES = 16 * 1024 * 1024;

const message = z.union([
  z.object({ kind: z.literal('ready'), url: z.string().optional() }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
]);

/** Pino's level of a warning. */
const WARN = 40;
const logLine = z.object({ level: z.number(), msg: z.string() });

export class Child {
  private process: ChildProcess | undefined;
  private stopping = false;
  private failures = 0;
  private restartTimer: NodeJS.Timeout | undefined;
  private readonly ready: Promise<string | undefined>;
  private onReady: (url: string | undefined) => void = () => undefined;
  private onFailed: (error: Error) => void = () => undefined;
  private wasReady = false;

  constructor(private readonly options: ChildOptions) {
    this.ready = new Promise((resolve, reject) => {
      this.onReady = resolve;
      this.onFailed = reject;
    });
    // Whoever waits for the start gets the error; a child that nobody waits for must not end the whole.
    this.ready.catch(() => undefined);
  }

  /** @returns the address that the child serves, where it serves one
   *  @throws ChildStartError when it says that it cannot start; later deaths are restarts */
  start(): Promise<string | undefined> {
    this.spawn();
    return this.ready;
  }

  /** Asks the child to end, insists after a while, and returns when it is gone. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restartTimer);
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const insist = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.kill('SIGTERM');
    await gone;
    clearTimeout(insist);
  }

  /** The last resort, when the person presses Ctrl-C again. */
  kill(): void {
    this.stopping = true;
    this.process?.kill('SIGKILL');
  }

  private spawn(): void {
    const { program, args, env, logFile, name, say } = this.options;
    keepLogSmall(logFile);
    const child = fork(program, [...args], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.process = child;
    const startedAt = Date.now();
    const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
    // A full disk must not end `up`: the log loses lines, the person still sees warnings.
    log.on('error', () => undefined);
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        log.write(`${line}\n`);
        const shown = forPerson(line);
        if (shown !== undefined) say(`${name}: ${shown}`);
      });
    }
    child.on('message', (raw) => this.heard(raw));
    child.once('error', (error) => this.onFailed(error));
    child.once('exit', (code, signal) => {
      log.end();
      if (this.stopping) return;
      if (Date.now() - startedAt > HEALTHY_AFTER_MS) this.failures = 0;
      const delayMs = Math.min(RESTART_MAX_MS, RESTART_MIN_MS * 2 ** this.failures++);
      say(`${name} ended (${signal ?? `code ${code}`}); starting it again in ${delayMs / 1000} s. Its log: ${logFile}`);
      this.restartTimer = setTimeout(() => this.spawn(), delayMs);
    });
  }

  private heard(raw: unknown): void {
    const parsed = message.safeParse(raw);
    if (!parsed.success) return;
    if (parsed.data.kind === 'ready') {
      this.wasReady = true;
      this.onReady(parsed.data.url);
    } else if (!this.wasReady) {
      this.stopping = true;
      this.onFailed(new ChildStartError(parsed.data.message));
    }
  }
}

/** @returns what a person should see of a log line: warnings and worse, and text that is no log line at all */
function forPerson(line: string): string | undefined {
  try {
    const parsed = logLine.safeParse(JSON.parse(line));
    if (!parsed.success) return undefined;
    return parsed.data.level >= WARN ? parsed.data.msg : undefined;
  } catch {
    return line.trim() === '' ? undefined : line;
  }
}

function keepLogSmall(file: string): void {
  try {
    if (statSync(file).size > LOG_LIMIT_BYTES) truncateSync(file);
  } catch {
    // No log yet.
  }
}
