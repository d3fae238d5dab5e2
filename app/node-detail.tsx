// One node: all of its workspaces, its limits, and what people can ask of it. What is typed stands outside of the parts
// that are patched; what those forms were filled from comes along with them, so that nothing unseen is overwritten.
import type { Context } from 'hono';
import { EmptyState } from '../components/empty-state.tsx';
import { formatCount, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { NodeState } from '../components/node-state.tsx';
import { SearchField } from '../components/search-field.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { type NodeId, nodeIdSchema } from '../core/model/ids.ts';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import { live } from './live.ts';
import { assignFormPart, emptyAssignForm, type FilledAssign } from './node-assign-form.tsx';
import { isHeard, NodeFacts, NodeNotices } from './node-facts.tsx';
import { type FilledLimits, LimitsNow, limitsFormPart, limitsOf } from './node-limits-form.tsx';
import { NodeNumbers } from './node-numbers.tsx';
import { NodeTerminal } from './node-terminal.tsx';
import type { NodeSummary, NodeWorkspace } from './node-view.ts';
import { WorkspaceSection, workspaceId } from './node-workspace.tsx';
import { sendPage } from './page.tsx';
import { type Block, block, type List, listRow, markOf, type Part, partHtml } from './parts.ts';
import { hasFailed, type Outcome, saidHtml, saidIn } from './said.tsx';
import { troublePart } from './trouble.tsx';
import { nodeUrl } from './url.ts';

const WORKSPACES_SHOWN = 50;
const PROBLEMS_SHOWN = 10;

/** Forms that came back with something to correct, on a page without a script. */
export interface Refilled {
  readonly outcome: Outcome;
  readonly limits?: FilledLimits;
  readonly assign?: FilledAssign;
}

export async function nodePage(c: Context<AppEnv>, name: string, refilled?: Refilled): Promise<Response> {
  const node = nodeIn(name);
  const { summary, parts, all } = await load(c, node);
  const projects = (await c.get('services').queries.projects()).map((project) => project.name).sort();
  const outcome = refilled?.outcome ?? saidIn(c);
  return sendPage(c, {
    title: node,
    section: 'nodes',
    crumbs: [{ text: 'Nodes', href: '/nodes' }, { text: node }],
    live: refilled ? { still: 'not sent' } : { mark: markOf(all) },
    status: refilled && hasFailed(refilled.outcome) ? 422 : 200,
    trouble: partHtml(parts.trouble),
    view: (
      <>
        {partHtml(parts.head)}
        {saidHtml(outcome)}
        <div class="node-page">
          <div>
            <h2 class="unseen">Workspaces</h2>
            <Search node={node} asked={asked(c)} count={summary.workspaces.length} />
            {partHtml(parts.list)}
            {partHtml(parts.foot)}
            {partHtml(parts.terminal)}
          </div>
          <aside class="node-side" aria-label={`What ${node} may use and hold`}>
            {partHtml(parts.limits)}
            {partHtml(limitsFormPart(node, refilled?.limits ?? limitsOf(summary.limits)))}
            {partHtml(assignFormPart(node, projects, refilled?.assign ?? emptyAssignForm))}
            {partHtml(parts.forget)}
          </aside>
        </div>
      </>
    ),
  });
}

export function nodeLive(c: Context<AppEnv>, name: string): Response {
  const node = nodeIn(name);
  return live(c, [{ kind: 'nodes' }], async () => {
    if (await c.get('services').queries.node(node)) return (await load(c, node)).all;
    const nothing: List = { kind: 'list', tag: 'div', id: 'workspaces', rows: [] };
    return [block('node-head', <Gone node={node} />), nothing];
  });
}

export function nodeIn(name: string): NodeId {
  const node = nodeIdSchema.safeParse(name);
  if (!node.success) throw new NotFoundError('There is no such node.');
  return node.data;
}

interface NodeParts {
  readonly trouble: Block;
  readonly head: Block;
  readonly list: List;
  readonly foot: Block;
  readonly limits: Block;
  readonly terminal: Block;
  readonly forget: Block;
}

async function load(
  c: Context<AppEnv>,
  node: NodeId,
): Promise<{ summary: NodeSummary; parts: NodeParts; all: readonly Part[] }> {
  const { queries } = c.get('services');
  const summary = await queries.node(node);
  if (!summary) throw new NotFoundError(`There is no node ${node}.`);
  const { one, name } = asked(c);
  const found = summary.workspaces.filter(
    (workspace) => (one === undefined || workspaceId(node, workspace) === one) && nameOf(workspace).includes(name),
  );
  const problemsShown = one === undefined ? PROBLEMS_SHOWN : Number.POSITIVE_INFINITY;
  const row = (workspace: NodeWorkspace) =>
    listRow(
      workspaceId(node, workspace),
      <WorkspaceSection node={node} workspace={workspace} problemsShown={problemsShown} withActions />,
    );
  const parts: NodeParts = {
    trouble: troublePart(queries),
    head: block('node-head', <Head node={summary} />),
    list: { kind: 'list', tag: 'div', id: 'workspaces', rows: found.slice(0, WORKSPACES_SHOWN).map(row) },
    foot: block('workspaces-foot', <Foot node={summary} found={found.length} />),
    limits: block('limits-now', <LimitsNow limits={summary.limits} configured={summary.configuredLimits} />),
    terminal: block('terminal', <NodeTerminal node={summary} />),
    forget: block('forget', <Forget node={summary} />),
  };
  return {
    summary,
    parts,
    all: [parts.trouble, parts.head, parts.list, parts.foot, parts.limits, parts.terminal, parts.forget],
  };
}

/** Its records were deleted while its page was open. */
function Gone({ node }: { node: NodeId }) {
  return (
    <header class="node-head" id="node-head">
      <div class="head">
        <h1>{node}</h1>
      </div>
      <p class="sentence">
        There is no node {node} any more: its records were deleted. It is back when an agent runs as it.{' '}
        <a href="/nodes">All nodes</a>
      </p>
    </header>
  );
}

/** Only of a node that does not live: one that does is there again with its next word. */
function Forget({ node }: { node: NodeSummary }) {
  return (
    <div id="forget">
      {isHeard(node) ? null : (
        <form class="side-card" method="post" action={`${nodeUrl(node.node)}/forget`} data-send="">
          <h2>Gone for good?</h2>
          <p class="muted">
            Forgetting {node.node} deletes what it said and what it was asked to be, and nothing else: projects keep all
            files. Should its agent run again, it is back.
          </p>
          <button type="submit" class="button">
            <Icon name="x" />
            Forget this node
          </button>
        </form>
      )}
    </div>
  );
}

interface Asked {
  /** only this workspace, with all of its problems */
  readonly one: string | undefined;
  readonly name: string;
}

const asked = (c: Context<AppEnv>): Asked => ({
  one: c.req.query('workspace') || undefined,
  name: (c.req.query('name') ?? '').trim(),
});

const nameOf = ({ project, prefix }: NodeWorkspace): string =>
  prefix === undefined ? project : `${project}/${prefix}`;

function Head({ node }: { node: NodeSummary }) {
  return (
    <header class="node-head" id="node-head">
      <div class="head">
        <h1>{node.node}</h1>
        <NodeState state={node.state} skipped={node.skipped} />
        <NodeFacts node={node} />
      </div>
      <p class={`sentence sentence-${node.state}`}>
        <VisibleText value={node.sentence} />
      </p>
      <NodeNumbers node={node} />
      <NodeNotices node={node} />
    </header>
  );
}

function Search({ node, asked, count }: { node: NodeId; asked: Asked; count: number }) {
  if (asked.one !== undefined) {
    return (
      <p class="node-search">
        <a class="button" href={nodeUrl(node)}>
          <Icon name="arrow-left" />
          All workspaces of {node}
        </a>
      </p>
    );
  }
  if (count <= WORKSPACES_SHOWN && asked.name === '') return null;
  return (
    <form method="get" action={nodeUrl(node)} class="search node-search">
      <SearchField name="name" label="Find a workspace" value={asked.name} />
    </form>
  );
}

function Foot({ node, found }: { node: NodeSummary; found: number }) {
  return (
    <div id="workspaces-foot">
      {node.workspaces.length === 0 ? (
        <EmptyState icon="folder-tree" title="No workspace yet">
          <p>Assign one to {node.node} here, or name one where its agent is started.</p>
        </EmptyState>
      ) : found === 0 ? (
        <EmptyState icon="search" title="No workspace matches">
          <p>
            <a class="button" href={nodeUrl(node.node)}>
              Show all workspaces
            </a>
          </p>
        </EmptyState>
      ) : found > WORKSPACES_SHOWN ? (
        <p class="pager">
          <span class="muted num">
            {formatCount(WORKSPACES_SHOWN)} of {plural(found, 'workspace')}, those that need you first.
          </span>
        </p>
      ) : null}
    </div>
  );
}
