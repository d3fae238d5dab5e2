// The state of a node, a workspace or a project: a dot with its word. Offline and blocked differ in shape too, not in colour alone.

import { type Standing, wordOf } from '../core/model/verdict.ts';

type Other = 'offline' | 'unheard' | 'no-nodes' | 'cold' | 'live' | 'left' | 'never' | 'asked';
export type NodeStateName = Standing | Other;

const OTHER_WORDS: Readonly<Record<Other, string>> = {
  offline: 'Offline',
  unheard: 'Not heard of',
  'no-nodes': 'No nodes',
  cold: 'In cold',
  live: 'Live',
  left: 'Stopped',
  never: 'Not seen yet',
  asked: 'Assigned',
};

export const stateWord = (state: NodeStateName, skipped = 0): string =>
  isOther(state) ? OTHER_WORDS[state] : wordOf({ state, skipped });

const isOther = (state: NodeStateName): state is Other => Object.hasOwn(OTHER_WORDS, state);

export function StateDot({ state }: { state: NodeStateName }) {
  return <span class={`dot dot-${state}`} aria-hidden="true" />;
}

/** @param props.skipped  paths that are not in sync while the rest is */
export function NodeState({ state, skipped = 0 }: { state: NodeStateName; skipped?: number }) {
  return (
    <span class={`state state-${state}`}>
      <StateDot state={state} />
      {stateWord(state, skipped)}
    </span>
  );
}
