// Nodes: every node with what it holds, how far it is behind and why, those that are offline first, then those that need a
// person. The first ones are shown, the rest is found by name.
import { type Context, Hono } from 'hono';
import { EmptyState } from '../components/empty-state.tsx';
import { formatCount, plural } from '../components/format.ts';
import { NodeState, stateWord } from '../components/node-state.tsx';
import { SearchField } from '../components/search-field.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import type { AppEnv } from './context.ts';
import { live } from './live.ts';
import { nodeLive, nodePage } from './node-detail.tsx';
import { NodeFacts, NodeNotices } from './node-facts.tsx';
import { NodeNumbers } from './node-numbers.tsx';
import type { NodeSummary } from './node-view.ts';
import { WorkspaceSection } from './node-workspace.tsx';
import { sendPage } from './page.tsx';
import { block, type List, listRow, markOf, type Part, partHtml } from './parts.ts';
import { saidHtml, saidIn } from './said.tsx';
import { troublePart } from './trouble.tsx';
import { nodeUrl } from './url.ts';

const NODES_SHOWN = 100;
/** Of each node; the others are on its own page. */
const WORKSPACES_SHOWN = 5;
const PROBLEMS_SHOWN = 3;

export const nodeRoutes = new Hono<AppEnv>()
  .get('/nodes', page)
  // A node may be called "live": a browser that opens its page asks for no stream.
  .get('/nodes/live', (c) =>
    wantsStream(c) ? live(c, [{ kind: 'nodes' }], async () => (await load(c)).all) : nodePage(c, 'live'),
  )
  .get('/nodes/:node', (c) => nodePage(c, c.req.param('node')))
  .get('/nodes/:node/live', (c) => nodeLive(c, c.req.param('node')));

const wantsStream = (c: Context<AppEnv>): boolean => !(c.req.header('accept') ?? '').includes('text/html');

async function page(c: Context<AppEnv>): Promise<Response> {
  const parts = await load(c);
  return sendPage(c, {
    title: 'Nodes',
    section: 'nodes',
    crumbs: [{ text: 'Nodes' }],
    live: { mark: markOf(parts.all) },
    trouble: partHtml(parts.trouble),
    view: (
      <>
        <header class="head">
          {partHtml(parts.head)}
          <Search name={asked(c)} />
        </header>
        {saidHtml(saidIn(c))}
        {partHtml(parts.list)}
        {partHtml(parts.foot)}
      </>
    ),
  });
}

const asked = (c: Context<AppEnv>): string => (c.req.query('name') ?? '').trim();

async function load(c: Context<AppEnv>) {
  const { queries } = c.get('services');
  const all = await queries.nodes();
  const name = asked(c);
  const found = all?.filter(({ node }) => node.includes(name)) ?? [];
  const trouble = troublePart(queries);
  const head = block('nodes-head', <Head nodes={all} />);
  const list: List = {
    kind: 'list',
    tag: 'div',
    id: 'fleet',
    rows: found.slice(0, NODES_SHOWN).map((node) => listRow(`node-${node.node}`, <NodeCard node={node} />)),
  };
  const foot = block(
    'nodes-foot',
    <Foot known={all !== undefined} of={all?.length ?? 0} found={found.length} name={name} />,
  );
  const parts: readonly Part[] = [trouble, head, list, foot];
  return { trouble, head, list, foot, all: parts };
}

function Head({ nodes }: { nodes: readonly NodeSummary[] | undefined }) {
  return (
    <div class="head-words" id="nodes-head">
      <h1>Nodes</h1>
      {nodes === undefined || nodes.length === 0 ? null : (
        <p class="muted num">{[plural(nodes.length, 'node'), ...countsOf(nodes)].join(' · ')}</p>
      )}
    </div>
  );
}

const COUNTED = ['blocked', 'offline', 'unheard', 'left', 'never'] as const satisfies readonly NodeSummary['state'][];

/** Each node once, by the word that its card says: the counts add up to all. */
function countsOf(nodes: readonly NodeSummary[]): string[] {
  const counts = COUNTED.map((state) => ({ state, count: nodes.filter((node) => node.state === state).length }));
  const live = nodes.length - counts.reduce((sum, { count }) => sum + count, 0);
  const others = counts.filter(({ count }) => count > 0);
  return [
    `${formatCount(live)} live`,
    ...others.map(({ state, count }) => `${formatCount(count)} ${stateWord(state).toLowerCase()}`),
  ];
}

/** Stands outside of what is patched: a patch would take away what is being typed. */
function Search({ name }: { name: string }) {
  return (
    <form method="get" action="/nodes" class="search">
      <SearchField name="name" label="Find a node" value={name} />
    </form>
  );
}

function NodeCard({ node }: { node: NodeSummary }) {
  const { workspaces } = node;
  const more = workspaces.length - WORKSPACES_SHOWN;
  return (
    <article
      class="card fleet-node"
      id={`node-${node.node}`}
      data-node={node.node}
      data-state={node.state}
      data-row=""
      aria-labelledby={`name-${node.node}`}
    >
      <header>
        <h2 id={`name-${node.node}`}>
          <a href={nodeUrl(node.node)} data-open="">
            {node.node}
          </a>
        </h2>
        <NodeState state={node.state} skipped={node.skipped} />
        <NodeFacts node={node} />
        <p class={`sentence sentence-${node.state}`}>
          <VisibleText value={node.sentence} />
        </p>
        <NodeNumbers node={node} />
        <NodeNotices node={node} />
      </header>
      {workspaces.slice(0, WORKSPACES_SHOWN).map((workspace) => (
        <WorkspaceSection node={node.node} workspace={workspace} problemsShown={PROBLEMS_SHOWN} withActions={false} />
      ))}
      {more > 0 ? (
        <p class="place-more">
          <a href={nodeUrl(node.node)}>
            {plural(more, 'more workspace')} of {node.node}
          </a>
        </p>
      ) : null}
    </article>
  );
}

function Foot(props: { readonly known: boolean; readonly of: number; readonly found: number; readonly name: string }) {
  const { known, of, found, name } = props;
  return (
    <div id="nodes-foot">
      {!known ? (
        <EmptyState icon="server" title="Listening for nodes">
          <p>The server has just started and has not heard of all nodes yet. They appear here by themselves.</p>
        </EmptyState>
      ) : of === 0 ? (
        <EmptyState icon="server" title="No nodes yet">
          <p>A node appears here when an agent runs on it. Start one there:</p>
          <p>
            <code>npx fs-sync agent --node node-a --workspace demo=/srv/demo</code>
          </p>
        </EmptyState>
      ) : found === 0 ? (
        <EmptyState icon="search" title="No node matches">
          <p>
            No node’s name has “
            <VisibleText value={name} />” in it.
          </p>
          <p>
            <a class="button" href="/nodes">
              Show all nodes
            </a>
          </p>
        </EmptyState>
      ) : found > NODES_SHOWN ? (
        <p class="pager">
          <span class="muted num">
            {formatCount(NODES_SHOWN)} of {plural(found, 'node')}, those that need you first. Find others by name.
          </span>
        </p>
      ) : null}
    </div>
  );
}
