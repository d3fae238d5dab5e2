// What both screens of nodes say of a node itself: which agent it is and what it holds in all, and that what it is asked to
// be cannot be read.
import { formatBytes, formatDuration, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { NodeSummary } from './node-view.ts';

export const isHeard = ({ state }: NodeSummary): boolean =>
  state === 'live' || state === 'skipping' || state === 'blocked';

export function NodeFacts({ node }: { node: NodeSummary }) {
  const { version, host, startedAt, lastSeenAt, workspaces } = node;
  const files = workspaces.reduce((sum, workspace) => sum + workspace.files, 0);
  const bytes = workspaces.reduce((sum, workspace) => sum + workspace.bytes, 0);
  return (
    <p class="node-facts muted num">
      {host === null ? null : (
        <span>
          on <VisibleText value={host} />
        </span>
      )}
      {version === null ? null : (
        <span>
          version <VisibleText value={version} />
        </span>
      )}
      {isHeard(node) && startedAt !== null ? (
        <span>
          started <When at={startedAt} />
        </span>
      ) : lastSeenAt !== null ? (
        <span>
          last seen <When at={lastSeenAt} />
        </span>
      ) : null}
      <span>
        {plural(workspaces.length, 'workspace')}, {plural(files, 'file')}, {formatBytes(bytes)}
      </span>
    </p>
  );
}

/** What is wrong with the node, beside what its sentence says. */
export function NodeNotices({ node }: { node: NodeSummary }) {
  return (
    <>
      <ClockOff node={node} />
      <Unreadable node={node} />
    </>
  );
}

function ClockOff({ node: { clockSkewMs } }: { node: NodeSummary }) {
  if (clockSkewMs === undefined) return null;
  return (
    <p class="notice notice-bad">
      <Icon name="triangle-alert" />
      <span>
        Its clock is {formatDuration(Math.abs(clockSkewMs))} {clockSkewMs > 0 ? 'ahead' : 'behind'}: the times that it
        tells, and those of files that are written there, are off by as much. Set it by NTP.
      </span>
    </p>
  );
}

function Unreadable({ node }: { node: NodeSummary }) {
  if (node.unreadable === undefined) return null;
  return (
    <p class="notice notice-bad">
      <Icon name="triangle-alert" />
      <span>
        What this node is asked to be cannot be read, so nothing can be changed here:{' '}
        <VisibleText value={node.unreadable} />. Correct or delete the record <code>{node.node}.desired</code>.
      </span>
    </p>
  );
}
