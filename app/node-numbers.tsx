// How far a node is behind, in one row of numbers: the same on the list of nodes and on the page of one.
import { formatCount, formatDuration, plural } from '../components/format.ts';
import { When } from '../components/when.tsx';
import { isHeard } from './node-facts.tsx';
import { nodeLag } from './node-lag.ts';
import type { NodeSummary } from './node-view.ts';

export function NodeNumbers({ node }: { node: NodeSummary }) {
  const { workspaces, lastSeenAt } = node;
  const { commits, since, toSend, toFetch, drainMs } = nodeLag(workspaces);
  const problems = workspaces.reduce((sum, { problemCount }) => sum + problemCount, 0);
  const waits = toSend + toFetch > 0 || commits !== 0;
  return (
    <dl class="node-numbers">
      <div title="Commits of its projects, each told by one event, that this node has not matched yet">
        <dt>Lag</dt>
        <dd class={commits === 0 ? 'muted' : undefined}>
          {commits === null ? 'not known how many' : plural(commits, 'event')}
        </dd>
      </div>
      <div title="Age of the oldest change that it lacks or has to send">
        <dt>Oldest waits</dt>
        <dd class={since === null ? 'muted' : undefined}>{since === null ? '0 s' : <When at={since} />}</dd>
      </div>
      <Count name="To send" count={toSend} />
      <Count name="To fetch" count={toFetch} />
      <div title="When nothing waits any more, as the node says">
        <dt>Caught up in</dt>
        <dd class={waits ? undefined : 'muted'}>
          {!waits
            ? '0 s'
            : !isHeard(node)
              ? 'when it is back'
              : drainMs === null
                ? 'not known yet'
                : formatDuration(drainMs)}
        </dd>
      </div>
      <Count name="Problems" count={problems} />
      <div>
        <dt>Last seen</dt>
        <dd>{isHeard(node) ? 'now' : lastSeenAt === null ? 'never' : <When at={lastSeenAt} />}</dd>
      </div>
    </dl>
  );
}

function Count({ name, count }: { name: string; count: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={count === 0 ? 'muted' : undefined}>{formatCount(count)}</dd>
    </div>
  );
}
