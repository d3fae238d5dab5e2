// The paths of one workspace that are not in sync, each with its reason. A problem is a value, not an exception: the
// other paths go on, a person sees it, and it goes when its cause is gone.
import { type Clock, isoTime } from '../../core/model/clock.ts';
import type { Problem } from '../../core/model/node-status.ts';
import { comparePaths } from '../../core/model/rel-path.ts';
import { NOTES } from '../../core/model/verdict.ts';

export type ProblemCode = Problem['code'];

/** Of what lies at a path: a look at it, or a full look that does not meet it any more, ends them. */
export const KIND_PROBLEMS: readonly ProblemCode[] = ['symlink', 'special-file', 'bad-name', 'name-too-long'];

/** Of reading a file: these and those end when it was read. */
export const READ_PROBLEMS: readonly ProblemCode[] = ['unreadable', 'changing', ...KIND_PROBLEMS];

/** As many as a status may list. */
const LISTED = 100;

export interface ProblemTimes {
  /** when it came, if that was before now */
  readonly came?: string;
  /** after how many milliseconds the path is tried again; absent: when something changes */
  readonly retryInMs?: number;
}

export class Problems {
  readonly #found = new Map<string, Problem>();
  /** when those that are tried again were tried, in milliseconds since 1970 */
  readonly #tried = new Map<string, number>();
  readonly #clock: Clock;
  readonly #onChange: () => void;

  constructor(clock: Clock, onChange: () => void = () => {}) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get count(): number {
    return this.#found.size;
  }

  /** Those whose paths are not in sync, in path order. */
  get leftOut(): readonly Problem[] {
    return inOrder([...this.#found.values()].filter(({ code }) => !NOTES.has(code)));
  }

  /** The first ones in path order. */
  list(): Problem[] {
    return inOrder([...this.#found.values()]).slice(0, LISTED);
  }

  at(path: string): Problem | undefined {
    return this.#found.get(path);
  }

  /** The same reason again keeps the time at which it came. */
  set(path: string, code: ProblemCode, reason: string, { came, retryInMs }: ProblemTimes = {}): void {
    const known = this.#found.get(path);
    if (known?.code === code && known.reason === reason && retryInMs === undefined) return;
    const now = this.#clock.now();
    const since = known?.code === code ? known.since : (came ?? isoTime(now));
    const next = retryInMs === undefined ? {} : { next_try: isoTime(now + retryInMs) };
    this.#found.set(path, { path, code, reason, since, ...next });
    if (retryInMs === undefined) this.#tried.delete(path);
    else this.#tried.set(path, now);
    this.#onChange();
  }

  /** Of the path that is tried next, as the clock has it that a person reads; undefined: none waits for a time. */
  get tries(): { readonly triedAt: number; readonly nextTryAt: number } | undefined {
    let first: { readonly triedAt: number; readonly nextTryAt: number } | undefined;
    for (const [path, triedAt] of this.#tried) {
      const nextTryAt = Date.parse(this.#found.get(path)?.next_try ?? '');
      if (nextTryAt < (first?.nextTryAt ?? Number.POSITIVE_INFINITY)) first = { triedAt, nextTryAt };
    }
    return first;
  }

  clear(path: string): void {
    this.#tried.delete(path);
    if (this.#found.delete(path)) this.#onChange();
  }

  /** @param codes  only when it is one of these */
  clearIf(path: string, codes: readonly ProblemCode[]): void {
    const known = this.#found.get(path);
    if (known && codes.includes(known.code)) this.clear(path);
  }

  /** What is at or below a path is none of ours any more. */
  clearUnder(path: string): void {
    if (this.#found.size === 0) return;
    for (const at of [...this.#found.keys()]) if (at === path || at.startsWith(`${path}/`)) this.clear(at);
  }

  /** After a look at all that is at or below `dir`: what was found before and was not met again is gone. */
  endScan(dir: string, met: ReadonlySet<string>): void {
    for (const { path, code } of [...this.#found.values()]) {
      const inside = dir === '' || path === dir || path.startsWith(`${dir}/`);
      if (inside && KIND_PROBLEMS.includes(code) && !met.has(path)) this.clear(path);
    }
  }
}

const inOrder = (problems: Problem[]): Problem[] => problems.sort((a, b) => comparePaths(a.path, b.path));
