// For how long the agent has seen what it keeps. A clock that somebody sets forward by months makes every file look old, and
// one of them may be the only copy: between two looks, however far apart, no more than a day counts. An agent that runs
// each day counts every day; one that was away for long keeps its files for longer.
import { z } from 'zod';
import type { WorkspaceState } from './state/state.ts';

const META = 'kept';
export const DAY_MS = 24 * 60 * 60_000;

const agesSchema = z.strictObject({
  /** of the last look, milliseconds since 1970 */
  at: z.number(),
  /** what counted in all looks together, milliseconds */
  sum: z.number(),
  /** by name, what it was when the file was seen first */
  first: z.record(z.string(), z.number()),
});
type Ages = z.infer<typeof agesSchema>;

/** Call it at each look, with all that is kept. @returns the age of each, in milliseconds */
export function agesOfKept(
  state: Pick<WorkspaceState, 'meta' | 'setMeta'>,
  names: readonly string[],
  now: number,
): ReadonlyMap<string, number> {
  const before = read(state.meta(META));
  if (names.length === 0) {
    if (before) state.setMeta(META, '');
    return new Map();
  }
  const since = before ? Math.min(DAY_MS, Math.max(0, now - before.at)) : 0;
  const sum = (before?.sum ?? 0) + since;
  const seen = new Map(Object.entries(before?.first ?? {}));
  const first = new Map(names.map((name) => [name, seen.get(name) ?? sum]));
  const after: Ages = { at: now, sum, first: Object.fromEntries(first) };
  state.setMeta(META, JSON.stringify(after));
  return new Map([...first].map(([name, at]) => [name, sum - at]));
}

/** What cannot be read was not seen: all is kept for its days from now on. */
function read(json: string | undefined): Ages | undefined {
  if (!json) return undefined;
  try {
    return agesSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}
