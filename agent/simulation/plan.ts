// What happens in one history, written down before it begins: how many nodes, what kind of bad luck, and the events in
// their order. Each event has a seed of its own, so that leaving some out leaves the others as they were.

import { type DeleteThreshold, UNASKED } from '../../core/model/delete-threshold.ts';
import type { Answer } from '../../core/model/node-status.ts';
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
  'put back',
  'move out',
  'chmod directory',
  'empty directory',
  'remove empty directory',
  'write rules',
  'remove rules',
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

/** What people ask of the system. */
export const REQUESTS = ['answer', 'restore from history'] as const;
export type Request = (typeof REQUESTS)[number];

export interface SimEvent {
  readonly seed: number;
  readonly node: number;
  /** after the event before it */
  readonly delayMs: number;
  readonly what: UserAction | Accident | Request;
}

export interface Plan {
  readonly seed: number;
  /** for each node the part of the project that it holds; undefined: all of it */
  readonly nodes: readonly (string | undefined)[];
  readonly events: readonly SimEvent[];
  readonly luck: Luck;
  readonly ways: Ways;
}

/** How this fleet and its people work. */
export interface Ways {
  /** I9: when a node asks before it deletes */
  readonly threshold: DeleteThreshold;
  /** what is always answered then, at once; undefined: now this and now that, sooner or later */
  readonly answer: Answer | undefined;
  /** the policy `keep-both` */
  readonly keepsBoth: boolean;
  /** Each node that holds all of the project has a directory where only its own people work. Not together with rules and
   *  restores, which reach into it. */
  readonly ownDirectories: boolean;
  /** In the end somebody takes all rules away. */
  readonly rulesGo: boolean;
}

/** Chances for one call, 0 to 1. */
export interface Luck {
  readonly store: FaultRates;
  readonly disk: { readonly fail: number; readonly slow: number };
  readonly hints: { readonly lose: number; readonly delay: number; readonly repeat: number };
  readonly maxWayMs: number;
  readonly maxLagMs: number;
  readonly exactTimes: boolean;
  /** how much of the names a sync of a directory makes durable: all, those before it, or its own only */
  readonly names: 'shared' | 'ordered' | 'alone';
  /** the disks are so small that they fill up now and then */
  readonly capacityBytes: number | undefined;
}

export function planOf(seed: number): Plan {
  const dice = new Dice(seedOf(seed, 1));
  const nodes = nodesOf(dice);
  const accidents = ACCIDENTS.filter(() => dice.chance(0.4));
  const accidentChance = accidents.length === 0 ? 0 : 0.05 + 0.25 * dice.random();
  const hasRules = dice.chance(0.3);
  const restores = dice.chance(0.25);
  const asks = dice.chance(0.3);
  const actions = USER_ACTIONS.filter((action) =>
    ABOUT_RULES.has(action) ? hasRules : COMMON.has(action) || dice.chance(0.5),
  );
  const requests = REQUESTS.filter((request) => (request === 'answer' ? asks : restores));
  const isHasty = dice.chance(0.5);
  const events = Array.from({ length: 10 + dice.below(60) }, (_, i): SimEvent => {
    const isRequest = requests.length > 0 && dice.chance(0.08);
    const isAccident = !isRequest && accidents.length > 0 && dice.chance(accidentChance);
    const what = dice.pick<SimEvent['what']>(isRequest ? requests : isAccident ? accidents : actions);
    return { seed: seedOf(seed, 2, i), node: dice.below(nodes.length), delayMs: delayOf(dice, isHasty), what };
  });
  const luck = luckOf(dice);
  const answer = dice.chance(0.3) ? dice.pick<Answer>(['allow', 'restore']) : undefined;
  const ways = {
    threshold: asks ? boundsOf(dice.below(4), 0.1 + 0.5 * dice.random()) : UNASKED,
    answer,
    keepsBoth: dice.chance(0.3),
    ownDirectories: !hasRules && !restores && !(asks && answer === 'restore'),
    rulesGo: dice.chance(0.5),
  };
  return { seed, nodes, events, luck, ways };
}

/** The first one holds all of the project, so that what lies above the others' parts is somebody's too. */
function nodesOf(dice: Dice): Plan['nodes'] {
  const count = 2 + dice.below(3);
  const arePartial = dice.chance(0.25);
  return Array.from({ length: count }, (_, i) =>
    arePartial && i > 0 && dice.chance(0.6) ? dice.pick(['a', 'b', 'a/b']) : undefined,
  );
}

const boundsOf = (files: number, share: number): DeleteThreshold => ({ files, files_a_day: 5 * files, share });

const COMMON: ReadonlySet<UserAction> = new Set(['write', 'replace', 'delete', 'rename']);
const ABOUT_RULES: ReadonlySet<UserAction> = new Set(['write rules', 'remove rules']);

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
    names: dice.pick(['shared', 'ordered', 'ordered', 'alone']),
    capacityBytes: dice.chance(0.1) ? 3_000 + dice.below(10_000) : undefined,
  };
}
