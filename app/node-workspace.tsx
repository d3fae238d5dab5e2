// One workspace on a node: how it stands and why, its numbers, what it asks, what is wrong path by path. The same markup on
// the list of nodes, on a node's own page, and in the patches of both.
import { formatBytes, formatCount, formatDuration, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { NodeState } from '../components/node-state.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { unreachable } from '../core/model/assert.ts';
import { thresholdSentence } from '../core/model/delete-threshold.ts';
import type { NodeId } from '../core/model/ids.ts';
import type { WorkspaceMode } from '../core/model/node-desired.ts';
import { ProblemList } from './node-problems.tsx';
import { ProgressLines } from './node-progress.tsx';
import { QuestionBox } from './node-question.tsx';
import type { BaseLag, NodeWorkspace } from './node-view.ts';
import { rowId } from './parts.ts';
import { saysMore } from './projects.tsx';
import { filesUrl, nodeUrl, whyUrl } from './url.ts';

export interface WorkspaceProps {
  readonly node: NodeId;
  readonly workspace: NodeWorkspace;
  /** problems beyond these are counted, not listed */
  readonly problemsShown: number;
  /** with what a person can ask of it, besides the answers to its question */
  readonly withActions: boolean;
}

export const workspaceId = (node: NodeId, { project, prefix, root }: NodeWorkspace): string =>
  rowId('w', `${node}\0${project}\0${prefix ?? ''}\0${root}`);

/** `demo`, `demo/docs` */
export const placeOf = ({ project, prefix }: NodeWorkspace): string =>
  prefix === undefined ? project : `${project}/${prefix}`;

const MODES: Readonly<Record<WorkspaceMode, string>> = {
  'two-way': 'both ways',
  receive: 'only receives',
  send: 'only sends',
};

export function WorkspaceSection({ node, workspace, problemsShown, withActions }: WorkspaceProps) {
  const { project, prefix, state, skipped, question } = workspace;
  const id = workspaceId(node, workspace);
  return (
    // No landmark: a fleet has many of them, and its heading finds it.
    <div class="place" id={id} data-workspace={project} data-state={state}>
      <header class="place-head">
        <h3>
          <a href={filesUrl({ project, prefix: prefix ?? '', open: [] })}>
            {project}
            {prefix === undefined ? null : (
              <span class="place-prefix">
                /<VisibleText value={prefix} />
              </span>
            )}
          </a>
        </h3>
        <NodeState state={state} skipped={skipped} />
        <p class="place-sentence muted">
          {saysMore(workspace) === '' ? null : <VisibleText value={saysMore(workspace)} />}{' '}
          {state === 'asked' ? null : <a href={whyUrl(project, { node })}>Why</a>}
        </p>
        {withActions ? <Actions node={node} workspace={workspace} /> : null}
      </header>
      <p class="place-root muted">
        <code>
          <VisibleText value={workspace.root} />
        </code>
        <span>{MODES[workspace.mode]}</span>
        <span>{originOf(workspace)}</span>
      </p>
      {workspace.deleteThreshold === undefined ? null : (
        <p class="muted">{thresholdSentence(workspace.deleteThreshold)}</p>
      )}
      {state === 'asked' ? null : <Numbers workspace={workspace} />}
      {workspace.progress ? <ProgressLines progress={workspace.progress} /> : null}
      {question ? <QuestionBox node={node} workspace={workspace} question={question} /> : null}
      <ProblemList workspace={workspace} shown={problemsShown} allHref={nodeUrl(node, { workspace: id })} />
    </div>
  );
}

function originOf({ from, assigned }: NodeWorkspace): string {
  if (from === 'configuration') {
    return assigned
      ? 'assigned, and from the node’s configuration, which says how it is run'
      : 'from the node’s configuration';
  }
  if (from === 'unknown') return 'the node does not say who named it';
  if (!assigned) return 'not assigned any more';
  const { idle_remove_ms: idle } = assigned;
  return idle === undefined ? 'assigned' : `assigned, removed when idle for ${formatDuration(idle)}`;
}

function Numbers({ workspace }: { workspace: NodeWorkspace }) {
  const { files, bytes, pendingUp, pendingDown, oldestPendingAt, lag } = workspace;
  return (
    <dl class="place-numbers">
      <div>
        <dt>Files</dt>
        <dd>{formatCount(files)}</dd>
      </div>
      <div>
        <dt>Size</dt>
        <dd>{formatBytes(bytes)}</dd>
      </div>
      <div>
        <dt>To send</dt>
        <dd class={pendingUp === 0 ? 'muted' : undefined}>{formatCount(pendingUp)}</dd>
      </div>
      <div>
        <dt>To fetch</dt>
        <dd class={pendingDown === 0 ? 'muted' : undefined}>{formatCount(pendingDown)}</dd>
      </div>
      <div>
        <dt>Oldest that waits</dt>
        <dd>{oldestPendingAt === null ? <span class="muted">nothing waits</span> : <When at={oldestPendingAt} />}</dd>
      </div>
      <div class="place-base">
        <dt>Base</dt>
        <dd>
          <Base workspace={workspace} lag={lag} />
        </dd>
      </div>
    </dl>
  );
}

export function Base({ workspace, lag }: { workspace: NodeWorkspace; lag: BaseLag }) {
  const { base } = workspace;
  const name = base === null ? null : <code title={base}>{base.slice(0, 8)}</code>;
  switch (lag.kind) {
    case 'current':
      return <>{name} is current</>;
    case 'none':
      return <span class="muted">none matched yet</span>;
    case 'unknown':
      return name ?? <span class="muted">not known</span>;
    case 'behind':
      return (
        <>
          {name} {lag.commits === null ? 'is behind current' : `is ${plural(lag.commits, 'commit')} behind current`}{' '}
          <code title={lag.current}>{lag.current.slice(0, 8)}</code>
          {lag.since === null ? null : (
            <span class="muted">
              , the first of them made <When at={lag.since} />
            </span>
          )}
        </>
      );
    default:
      return unreachable(lag);
  }
}

function Actions({ node, workspace }: { node: NodeId; workspace: NodeWorkspace }) {
  const { project, prefix, state, from, assigned, rescanAskedAt } = workspace;
  return (
    <div class="place-actions">
      {state === 'asked' || state === 'removing' ? null : (
        <form method="post" action={`${nodeUrl(node)}/rescan`} data-send="">
          <input type="hidden" name="project" value={project} />
          <input type="hidden" name="seen" value={rescanAskedAt ?? ''} />
          <button
            type="submit"
            class="button"
            title={
              state === 'removed'
                ? 'The workspace is put on the node again'
                : 'The node looks through all of the directory, and through all others that it has of this project'
            }
          >
            <Icon name="refresh-cw" />
            {state === 'removed' ? 'Bring back' : 'Rescan now'}
          </button>
        </form>
      )}
      {assigned === undefined ? null : (
        <form method="post" action={`${nodeUrl(node)}/unassign`} data-send="">
          <input type="hidden" name="project" value={project} />
          <input type="hidden" name="prefix" value={prefix ?? ''} />
          <input type="hidden" name="root" value={assigned.root} />
          <button
            type="submit"
            class="button"
            title={
              from === 'configuration'
                ? 'The workspace stays, because the node’s own configuration names it'
                : 'It is removed from the node when that is proven to be safe. The project keeps all files'
            }
          >
            <Icon name="x" />
            {from === 'configuration' ? 'End assignment' : 'Remove'}
          </button>
        </form>
      )}
    </div>
  );
}
