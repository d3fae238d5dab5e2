// What stops a whole workspace, each as one sentence: what it is, since when, and when it is tried again. A trouble is
// set by whoever meets it and cleared by the next try that works.
import { type Clock, isoTime } from '../../core/model/clock.ts';

/** `stopped`: the workspace is not open, or was opened again a moment ago. `silent`: NATS hangs, as the node found out; no step
 *  of the workspace takes that back. */
export type TroubleKind =
  | 'stopped'
  | 'workspace'
  | 'deletions'
  | 'project'
  | 'silent'
  | 'storage'
  | 'storage-full'
  | 'rules'
  | 'disk';

export interface Trouble {
  readonly kind: TroubleKind;
  /** what is wrong and what a person may do, without time */
  readonly what: string;
  /** milliseconds since 1970 */
  readonly since: number;
  /** when it was met last */
  readonly triedAt: number;
  readonly nextTryAt: number | undefined;
}

/** The one that a person has to know first comes first. */
const ORDER: readonly TroubleKind[] = [
  'stopped',
  'workspace',
  'deletions',
  'project',
  'silent',
  'storage',
  'storage-full',
  'rules',
  'disk',
];

export class Troubles {
  readonly #active = new Map<TroubleKind, Trouble>();
  readonly #clock: Clock;
  readonly #onChange: () => void;

  constructor(clock: Clock, onChange: () => void = () => {}) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** The worst one. */
  get first(): Trouble | undefined {
    for (const kind of ORDER) {
      const trouble = this.#active.get(kind);
      if (trouble) return trouble;
    }
    return undefined;
  }

  has(kind: TroubleKind): boolean {
    return this.#active.has(kind);
  }

  set(kind: TroubleKind, what: string, retryInMs?: number): void {
    const known = this.#active.get(kind);
    const now = this.#clock.now();
    const nextTryAt = retryInMs === undefined ? undefined : now + retryInMs;
    this.#active.set(kind, { kind, what, since: known?.since ?? now, triedAt: now, nextTryAt });
    this.#onChange();
  }

  clear(kind: TroubleKind): void {
    if (this.#active.delete(kind)) this.#onChange();
  }
}

export function sentenceOf({ what, since, nextTryAt }: Trouble): string {
  return `${what} Since ${clockTime(since)}.${nextTryText(nextTryAt)}`;
}

/** What follows a sentence about what is tried again by itself. */
export const nextTryText = (at: number | undefined): string =>
  at === undefined ? '' : ` Next try at ${clockTime(at)}.`;

const clockTime = (ms: number): string => `${isoTime(ms).slice(11, 19)} UTC`;
