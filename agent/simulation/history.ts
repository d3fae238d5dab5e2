// One history from beginning to end: it is played, everything heals, and what has to hold is checked. A failing one is made
// smaller by leaving events out, as long as it still fails.
import { check, converge } from './checks.ts';
import { HistoryError } from './history-error.ts';
import { type Plan, planOf } from './plan.ts';
import { World } from './world.ts';

export type Outcome = {
  /** what happened, in order */
  readonly trace: readonly string[];
  /** undefined: all that has to hold does */
  readonly failure: Error | undefined;
};

export async function playHistory(plan: Plan): Promise<Outcome> {
  const world = new World(plan);
  try {
    await world.play();
    await world.heal();
    await converge(world);
    // What a disk left in staging that failed, or was away, goes at the next start.
    if (plan.luck.disk.fail > 0 || plan.events.some(({ what }) => what === 'unmount')) {
      await world.restart();
      await converge(world);
    }
    await check(world);
    if (plan.ways.rulesGo && (await world.rulesGo())) {
      await converge(world);
      await check(world);
    }
    return { trace: world.trace, failure: undefined };
  } catch (error) {
    return { trace: world.trace, failure: error instanceof Error ? error : new Error(String(error)) };
  } finally {
    world.close();
  }
}

const kindOf = (failure: Error | undefined): string | undefined =>
  failure instanceof HistoryError ? failure.kind : failure && 'other';

/** @returns a plan that fails in the same way with no more events than it needs, as far as that is found out in so many runs */
export async function shrink(plan: Plan, runs = 300): Promise<Plan> {
  const kind = kindOf((await playHistory(plan)).failure);
  let best = plan;
  let left = runs;
  for (let size = Math.ceil(best.events.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.events.length && left > 0; ) {
      const events = best.events.toSpliced(from, size);
      left--;
      if (kindOf((await playHistory({ ...best, events })).failure) === kind) best = { ...best, events };
      else from += size;
    }
  }
  return best;
}

/** @throws with the seed and the smallest trace that was found, when the history of the seed fails */
export async function mustHold(seed: number): Promise<void> {
  const plan = planOf(seed);
  const { failure } = await playHistory(plan);
  if (!failure) return;
  const small = await shrink(plan);
  const outcome = await playHistory(small);
  const { message } = outcome.failure ?? failure;
  throw new Error(
    `history ${seed} fails (FS_SIM_SEED=${seed} shows it again): ${message}\n` +
      `with ${small.events.length} of ${plan.events.length} events:\n${outcome.trace.join('\n')}`,
    { cause: failure },
  );
}
