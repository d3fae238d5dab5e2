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

export class Problems {
  readonly #found = new Map<string, Problem>();
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

  /** The same reason again keeps the time at which it came. @param came  if that was before now */
  set(path: string, code: ProblemCode, reason: string, came?: string): void {
    const known = this.#found.get(path);
    if (known?.code === code && known.reason === reason) return;
    const since = known?.code === code ? known.since : (came ?? isoTime(this.#clock.now()));
    this.#found.set(path, { path, code, reason, since });
    this.#onChange();
  }

  clear(path: string): void {
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
