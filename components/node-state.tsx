// The state of a node, a workspace or a project: a dot with its word. Offline and blocked differ in shape too, not in colour alone.

export type NodeStateName =
  | 'in-sync'
  | 'syncing'
  | 'blocked'
  | 'offline'
  | 'starting'
  | 'removing'
  | 'removed'
  | 'no-nodes'
  | 'live'
  | 'left'
  | 'never'
  | 'asked';

const WORDS: Readonly<Record<NodeStateName, string>> = {
  'in-sync': 'In sync',
  syncing: 'Syncing',
  blocked: 'Blocked',
  offline: 'Offline',
  starting: 'Starting',
  removing: 'Removing',
  removed: 'Removed',
  'no-nodes': 'No nodes',
  live: 'Live',
  left: 'Stopped',
  never: 'Not seen yet',
  asked: 'Assigned',
};

export const stateWord = (state: NodeStateName): string => WORDS[state];

export function StateDot({ state }: { state: NodeStateName }) {
  return <span class={`dot dot-${state}`} aria-hidden="true" />;
}

export function NodeState({ state }: { state: NodeStateName }) {
  return (
    <span class={`state state-${state}`}>
      <StateDot state={state} />
      {WORDS[state]}
    </span>
  );
}
