// Runs a person's command for what happens. For one workspace never two at once: what comes while it runs is put
// together into the next run, so that a slow command makes few runs and no queue.
import { type ChildProcess, spawn } from 'node:child_process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type FeedEvent, LISTED_PATHS, type PathChange } from './feed-event.ts';

export interface HookRun {
  readonly event: FeedEvent;
  /** null: it did not end by itself */
  readonly exitCode: number | null;
  /** why it did not end well; undefined: it did */
  readonly fault: string | undefined;
  /** the end of what it wrote, when that is kept */
  readonly output: string;
}

export interface HookOptions {
  /** for `/bin/sh -c` */
  readonly command: string;
  readonly timeoutMs: number;
  /** what the command inherits, beside what tells it of the event */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** where it runs; default: where this process does */
  readonly cwd?: (event: FeedEvent) => string;
  /** 'inherit': the command writes to where this process does; 'keep': the end of it is told with its exit */
  readonly output: 'inherit' | 'keep';
  ended(run: HookRun): void;
  /** nothing runs or waits any more */
  rested?(): void;
}

const KEPT_OUTPUT = 4_096;
/** After a polite request to end. */
const KILL_AFTER_MS = 5_000;

interface Lane {
  waiting: FeedEvent[];
  running: Promise<void> | undefined;
}

export class Hook {
  readonly #options: HookOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #stop = new AbortController();

  constructor(options: HookOptions) {
    this.#options = options;
  }

  offer(event: FeedEvent): void {
    if (this.#stop.signal.aborted) return;
    const key = `${event.project}\0${event.root}`;
    const lane: Lane = this.#lanes.get(key) ?? { waiting: [], running: undefined };
    this.#lanes.set(key, lane);
    lane.waiting = joinEvents(lane.waiting, event);
    lane.running ??= this.#runAll(lane);
  }

  /** Resolves when all that was offered so far has run. */
  async idle(): Promise<void> {
    for (const { running } of this.#lanes.values()) await running;
  }

  /** Ends what runs; what waits is not run any more. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.idle();
  }

  async #runAll(lane: Lane): Promise<void> {
    // Starting a process takes long enough not to be done within the publishing of an event.
    await nextTurn();
    while (!this.#stop.signal.aborted) {
      const next = lane.waiting.shift();
      if (!next) break;
      this.#options.ended(await this.#run(next));
    }
    lane.running = undefined;
    if (this.#isIdle) this.#options.rested?.();
  }

  get #isIdle(): boolean {
    return [...this.#lanes.values()].every(({ waiting, running }) => waiting.length === 0 && !running);
  }

  #run(event: FeedEvent): Promise<HookRun> {
    const { command, env, cwd, output, timeoutMs } = this.#options;
    return new Promise((resolve) => {
      let kept = '';
      let fault: string | undefined;
      const sink = output === 'inherit' ? 'inherit' : 'pipe';
      // A group of its own, so that what the command started ends with it.
      const child = spawn('/bin/sh', ['-c', command], {
        stdio: ['pipe', sink, sink],
        env: { ...env, ...eventEnv(event) },
        detached: true,
        ...(cwd && { cwd: cwd(event) }),
      });
      const kill = (why: string) => {
        fault ??= why;
        endGroup(child, 'SIGTERM');
        killing ??= setTimeout(() => endGroup(child, 'SIGKILL'), KILL_AFTER_MS);
      };
      let killing: NodeJS.Timeout | undefined;
      const timeout = setTimeout(() => kill(`it took longer than ${timeoutMs / 1_000} s`), timeoutMs);
      const onStop = () => kill('it was stopped');
      this.#stop.signal.addEventListener('abort', onStop, { once: true });
      const keep = (text: string) => {
        kept = (kept + text).slice(-KEPT_OUTPUT);
      };
      child.stdout?.setEncoding('utf8').on('data', keep);
      child.stderr?.setEncoding('utf8').on('data', keep);
      // A command that does not read its input is fine.
      child.stdin?.on('error', () => {});
      child.stdin?.end(`${JSON.stringify(event)}\n`);
      const end = (exitCode: number | null) => {
        clearTimeout(timeout);
        clearTimeout(killing);
        // What the command started may not have ended with it.
        if (killing) endGroup(child, 'SIGKILL');
        this.#stop.signal.removeEventListener('abort', onStop);
        resolve({ event, exitCode, fault, output: kept });
      };
      child.once('error', (error) => {
        fault ??= `it could not be started: ${error.message}`;
        end(null);
      });
      child.once('exit', (code, signal) => {
        if (code !== 0) fault ??= code === null ? `it was ended by ${signal}` : `it ended with ${code}`;
        end(code);
      });
    });
  }
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}

function eventEnv(event: FeedEvent): Record<string, string> {
  return {
    FS_EVENT_TYPE: event.type,
    FS_EVENT_ID: event.id,
    FS_PROJECT: event.project,
    FS_PREFIX: event.prefix ?? '',
    FS_ROOT: event.root,
    FS_COMMIT: 'commit' in event ? event.commit : '',
    FS_COUNT: 'count' in event ? String(event.count) : '',
  };
}

/** Puts an event to those that wait: one of each type at most, and after a `reset` nothing that was before it counts. */
export function joinEvents(waiting: readonly FeedEvent[], event: FeedEvent): FeedEvent[] {
  if (event.type === 'reset') return [event];
  const others = waiting.filter(({ type }) => type !== event.type);
  const earlier = waiting.find(({ type }) => type === event.type);
  return [...others, earlier ? joinTwo(earlier, event) : event];
}

function joinTwo(earlier: FeedEvent, later: FeedEvent): FeedEvent {
  if (later.type === 'applied' && earlier.type === 'applied') {
    return { ...later, from: earlier.from, ...joinChanges(earlier, later) };
  }
  if (later.type === 'committed' && earlier.type === 'committed') return { ...later, ...joinChanges(earlier, later) };
  if (later.type === 'seen' && earlier.type === 'seen') return { ...later, ...joinChanges(earlier, later) };
  // What is held is said whole each time.
  return later;
}

interface Changes {
  readonly count: number;
  readonly paths: PathChange[];
  readonly more: boolean;
}

/** Each path once, with what last happened to it. */
function joinChanges(earlier: Changes, later: Changes): Changes {
  const byPath = new Map<string, PathChange>();
  for (const change of [...earlier.paths, ...later.paths]) byPath.set(change.path, change);
  const unlisted = earlier.count - earlier.paths.length + (later.count - later.paths.length);
  const paths = [...byPath.values()].slice(0, LISTED_PATHS);
  const more = earlier.more || later.more || byPath.size > paths.length;
  return { count: byPath.size + unlisted, paths, more };
}
