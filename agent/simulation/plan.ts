// What happens in one history, written down before it begins: how many nodes, what kind of bad luck, and the events in
// their order. Each event has a seed of its own, so that leaving some out leaves the others as they were.
import type { FaultRates } from '../../core/testing/faults.ts';
import { Dice, seedOf } from './dice.ts';

/** What people and programs on a node do. */
export const USER_ACTIONS = [
  'write',
  'write in parts',
  'append',
  'replace',
  'delete',
  'rename',
  'rename directory',
  'chmod',
  'touch',
  'make directory',
  'remove directory',
  'swap',
  'file to directory',
  'directory to file',
  'write hot',
  'link',
  'hard link',
  'bad name',
  'delete slowly',
] as const;
export type UserAction = (typeof USER_ACTIONS)[number];

/** What befalls a node, or all. */
export const ACCIDENTS = [
  'kill',
  'kill at work',
  'stop',
  'start',
  'power loss',
  'cut',
  'join',
  'set clock',
  'unmount',
  'lose state',
  'restore stores',
  'rescan',
] as const;
export type Accident = (typeof ACCIDENTS)[number];

export interface SimEvent {
  readonly seed: number;
  readonly node: number;
  /** after the event before it */
  readonly delayMs: number;
  readonly what: UserAction | Accident;
}

export interface Plan {
  readonly seed: number;
  readonly nodes: number;
  readonly events: readonly SimEvent[];
  readonly luck: Luck;
}

/** Chances for one call, 0 to 1. */
export interface Luck {
  readonly store: FaultRates;
  readonly disk: { readonly fail: number; readonly slow: number };
  readonly hints: { readonly lose: number; readonly delay: number; readonly repeat: number };
  readonly maxWayMs: number;
  readonly maxLagMs: number;
  readonly exactTimes: boolean;
  readonly sharedJournal: boolean;
  /** the disks are so small that they fill up now and then */
  readonly capacityBytes: number | undefined;
  /** from how many deletions on people are asked (I9), and what they always answer; undefined: they never are */
  readonly asks: { readonly files: number; readonly answer: 'allow' | 'restore' } | undefined;
}

export function planOf(seed: number): Plan {
  const dice = new Dice(seedOf(seed, 1));
  const nodes = 2 + dice.below(3);
  const accidents = ACCIDENTS.filter(() => dice.chance(0.4));
  const accidentChance = accidents.length === 0 ? 0 : 0.05 + 0.25 * dice.random();
  const actions = USER_ACTIONS.filter((action) => COMMON.has(action) || dice.chance(0.5));
  const isHasty = dice.chance(0.5);
  const events = Array.from({ length: 10 + dice.below(60) }, (_, i): SimEvent => {
    const what = dice.chance(accidentChance) ? dice.pick(accidents) : dice.pick(actions);
    return { seed: seedOf(seed, 2, i), node: dice.below(nodes), delayMs: delayOf(dice, isHasty), what };
  });
  return { seed, nodes, events, luck: luckOf(dice) };
}

const COMMON: ReadonlySet<UserAction> = new Set(['write', 'replace', 'delete', 'rename']);

function delayOf(dice: Dice, isHasty: boolean): number {
  if (dice.chance(isHasty ? 0.4 : 0.1)) return 0;
  if (dice.chance(0.05)) return dice.below(15_000);
  return dice.below(dice.chance(0.3) ? 1_000 : isHasty ? 10 : 100);
}

function luckOf(dice: Dice): Luck {
  const sometimes = (rate: number) => (dice.chance(0.5) ? rate * dice.random() : 0);
  return {
    store: {
      fail: sometimes(0.1),
      dropAck: sometimes(0.1),
      tear: sometimes(0.05),
      delay: sometimes(0.2),
      maxDelayMs: 200,
    },
    disk: { fail: sometimes(0.02), slow: sometimes(0.05) },
    hints: { lose: sometimes(0.3), delay: sometimes(0.5), repeat: sometimes(0.3) },
    maxWayMs: dice.pick([0, 1, 5, 40]),
    maxLagMs: dice.pick([0, 0, 10, 300, 3_000]),
    exactTimes: dice.chance(0.7),
    sharedJournal: dice.chance(0.5),
    capacityBytes: dice.chance(0.1) ? 3_000 + dice.below(10_000) : undefined,
    asks: dice.chance(0.4) ? { files: 1 + dice.below(4), answer: dice.pick(['allow', 'restore']) } : undefined,
  };
}
