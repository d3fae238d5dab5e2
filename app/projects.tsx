// Projects, worst first: for each, one sentence on how it stands, its size, and its nodes with the reason why one is not
// in sync.
import { type Context, Hono } from 'hono';
import type { Child } from 'hono/jsx';
import { EmptyState } from '../components/empty-state.tsx';
import { formatBytes, formatCount, plural } from '../components/format.ts';
import { Icon, type IconName } from '../components/icon.tsx';
import { NodeState, StateDot } from '../components/node-state.tsx';
import { Sparkline } from '../components/sparkline.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { askingSentence } from '../core/model/why.ts';
import type { AppEnv, AppServices } from './context.ts';
import { live } from './live.ts';
import type { NodeOfProject } from './node-view.ts';
import { sendPage } from './page.tsx';
import { block, type List, listRow, markOf, type Part, partHtml } from './parts.ts';
import { DeletedProjects } from './project-end.tsx';
import { emptyProjectForm, type FilledProject, projectFormPart } from './project-form.tsx';
import { ProjectLinks } from './project-links.tsx';
import { ACTIVITY_HOURS, type ProjectSummary } from './project-view.ts';
import { type Outcome, saidHtml, saidIn } from './said.tsx';
import { startUrl } from './start.tsx';
import { troublePart } from './trouble.tsx';
import { manageUrl, nodeUrl, whyUrl } from './url.ts';

/** A node's problems beyond these are counted, not listed. */
const PROBLEMS_SHOWN = 3;

export const projectRoutes = new Hono<AppEnv>()
  .get('/', async (c) => {
    const isEmpty = (await c.get('services').queries.projects()).length === 0;
    return c.redirect(isEmpty ? startUrl() : '/projects', 302);
  })
  .get('/projects', (c) => projectsPage(c))
  .get('/projects/live', (c: Context<AppEnv>) =>
    live(c, [{ kind: 'projects' }], async () => (await load(c.get('services'))).all),
  );

/** @param refilled  the form as it came back with something to correct, on a page without a script */
export async function projectsPage(
  c: Context<AppEnv>,
  refilled?: { readonly outcome: Outcome; readonly form: FilledProject },
): Promise<Response> {
  const parts = await load(c.get('services'));
  return sendPage(c, {
    title: 'Projects',
    section: 'projects',
    crumbs: [{ text: 'Projects' }],
    live: refilled ? { still: 'not sent' } : { mark: markOf(parts.all) },
    status: refilled ? 422 : 200,
    trouble: partHtml(parts.trouble),
    view: (
      <>
        <header class="head">
          {partHtml(parts.head)}
          {partHtml(projectFormPart(refilled?.form ?? emptyProjectForm))}
        </header>
        {saidHtml(refilled?.outcome ?? saidIn(c))}
        {partHtml(parts.list)}
        {partHtml(parts.empty)}
        {partHtml(parts.deleted)}
      </>
    ),
  });
}

async function load({ queries }: AppServices) {
  const [found, activity] = await Promise.all([queries.projects(), queries.activity()]);
  const projects = worstFirst(found);
  const trouble = troublePart(queries);
  const head = block('projects-head', <Head projects={projects} />);
  const list: List = {
    kind: 'list',
    tag: 'div',
    id: 'projects',
    rows: projects.map((project) =>
      listRow(
        `project-${project.name}`,
        <ProjectCard project={project} commits={activity.get(project.name)?.commits ?? NO_COMMITS} />,
      ),
    ),
  };
  const empty = block('projects-empty', <NoProjects none={projects.length === 0} />);
  const deleted = block('deleted-projects', <DeletedProjects deleted={await queries.deletedProjects()} />);
  const all: readonly Part[] = [trouble, head, list, empty, deleted];
  return { trouble, head, list, empty, deleted, all };
}

const NO_COMMITS: readonly number[] = Array.from({ length: ACTIVITY_HOURS }, () => 0);

const BADNESS: Readonly<Record<ProjectSummary['state'], number>> = {
  blocked: 0,
  'no-nodes': 1,
  unheard: 2,
  skipping: 3,
  syncing: 4,
  'in-sync': 5,
  left: 6,
  cold: 7,
};

export function worstFirst(projects: readonly ProjectSummary[]): ProjectSummary[] {
  return [...projects].sort((a, b) => BADNESS[a.state] - BADNESS[b.state] || (a.name < b.name ? -1 : 1));
}

function Head({ projects }: { projects: readonly ProjectSummary[] }) {
  const files = projects.reduce((sum, project) => sum + project.files, 0);
  const bytes = projects.reduce((sum, project) => sum + project.bytes, 0);
  return (
    <div class="head-words" id="projects-head">
      <h1>Projects</h1>
      {projects.length > 0 ? (
        <p class="muted num">
          {plural(projects.length, 'project')} · {plural(files, 'file')} · {formatBytes(bytes)}
        </p>
      ) : null}
    </div>
  );
}

function ProjectCard({ project, commits }: { project: ProjectSummary; commits: readonly number[] }) {
  const { name, state } = project;
  const tierBytes = tierBytesOf(project);
  const today = commits.reduce((sum, count) => sum + count, 0);
  return (
    <article
      class="card project"
      id={`project-${name}`}
      data-project={name}
      data-row=""
      aria-labelledby={`name-${name}`}
    >
      <header>
        <h2 id={`name-${name}`}>
          <StateDot state={state} />
          <a href={`/p/${name}/files`} data-open="">
            {name}
          </a>
        </h2>
        <p class={`sentence sentence-${state}`}>
          <VisibleText value={project.sentence} /> <a href={whyUrl(name)}>Why</a>
        </p>
        <div class="card-links">
          <ProjectLinks name={name} />
          <a class="button button-quiet" href={manageUrl(name)}>
            <Icon name="layers" />
            Manage
          </a>
        </div>
      </header>
      <dl class="stats">
        <Stat name="Files">{formatCount(project.files)}</Stat>
        <Stat name="Size" title="Of the files that are current, each as often as it is there">
          {formatBytes(project.bytes)}
        </Stat>
        <Stat name="Stored in hot" title={STORED}>
          {tierBytes === undefined ? NOT_KNOWN : formatBytes(Math.max(0, tierBytes.hot))}
        </Stat>
        <Stat name="Stored in cold" title={STORED}>
          <InCold project={project} />
        </Stat>
        <Stat name="On its way">
          <OnItsWay nodes={project.nodes} />
        </Stat>
        <Stat name="Changed">
          {project.changedAt === null ? <span class="muted">never</span> : <When at={project.changedAt} />}
        </Stat>
        {project.coldSince === null ? null : (
          <Stat name="In cold since">
            <When at={project.coldSince} />
          </Stat>
        )}
        <Stat name="24 hours">
          <Sparkline values={commits} label={`${plural(today, 'commit')} in the last 24 hours`} />
        </Stat>
      </dl>
      <div class="project-actions">
        <AskForm
          action={`/p/${name}/resync`}
          word="Resync"
          icon="refresh-cw"
          title={`The nodes of ${name} compare their directories with it anew`}
        />
        <AskForm
          action={`/projects/${name}/promote`}
          word={project.coldSince === null ? 'Promote' : 'Bring back'}
          icon="flame"
          title={`Bring all files of ${name} back to hot storage`}
        />
        <AskForm
          action={manageUrl(name)}
          word="Evict…"
          icon="snowflake"
          title="Plans first: what would leave hot storage, each with its proof in cold, is shown before anything goes"
          start="evict"
        />
      </div>
      {project.nodes.length > 0 ? (
        <ul class="nodes" aria-label={`Nodes of ${name}`}>
          {project.nodes.map((node) => (
            <NodeLine
              node={node}
              said={project.sentence}
              isOneOfMany={project.nodes.filter((other) => other.node === node.node).length > 1}
            />
          ))}
        </ul>
      ) : (
        <p class="nodes-none muted">
          To have it on a node, open the node in <a href="/nodes">the list of nodes</a> and assign it there.
        </p>
      )}
    </article>
  );
}

function AskForm(props: { action: string; word: string; icon: IconName; title: string; start?: string }) {
  return (
    // A plan is what a person wants to see next: its form leads there.
    <form method="post" action={props.action} data-send={props.start === undefined ? '' : undefined}>
      {props.start === undefined ? null : <input type="hidden" name="start" value={props.start} />}
      <button type="submit" class="button button-quiet" title={props.title}>
        <Icon name={props.icon} />
        {props.word}
      </button>
    </form>
  );
}

const NOT_KNOWN = <span class="muted">not known</span>;

/** Why these are no sums of the sizes of files. */
const STORED = 'Each content once, however many files have it, with the versions that are kept';

function Stat({ name, title, children }: { name: string; title?: string; children: Child }) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd class="num">{children}</dd>
    </div>
  );
}

/** Of a project that nothing was ever archived of nothing is counted: without files that is nothing. */
const tierBytesOf = ({ tierBytes, files }: ProjectSummary): ProjectSummary['tierBytes'] =>
  tierBytes ?? (files === 0 ? { hot: 0, cold: 0 } : undefined);

/** What is proven there, and what still waits to be. */
function InCold({ project }: { project: ProjectSummary }) {
  const { isColdStrange, toArchive, files } = project;
  const tierBytes = tierBytesOf(project);
  if (isColdStrange) return <span class="stat-note">Not known: this is another cold storage</span>;
  const bytes = tierBytes === undefined ? '' : formatBytes(Math.max(0, tierBytes.cold));
  return (
    <>
      {bytes}{' '}
      {toArchive > 0 ? (
        <span class="stat-note muted">{plural(toArchive, 'object')} to archive</span>
      ) : files === 0 ? null : (
        <span class="stat-note good">
          <Icon name="check" />
          All in cold
        </span>
      )}
    </>
  );
}

/** Changes that its nodes have still to send or to fetch, and since when the oldest of them waits. */
function OnItsWay({ nodes }: { nodes: readonly NodeOfProject[] }) {
  const pending = nodes.reduce((sum, { pendingUp, pendingDown }) => sum + pendingUp + pendingDown, 0);
  const oldest = nodes.map(({ oldestPendingAt }) => oldestPendingAt).filter((at) => at !== null);
  if (pending === 0) return <span class="muted">nothing</span>;
  return (
    <>
      {formatCount(pending)}{' '}
      {oldest.length === 0 ? null : (
        <span class="stat-note muted">
          oldest <When at={Math.min(...oldest)} />
        </span>
      )}
    </>
  );
}

/** @param props.said  of the project, above: it is not said again
 *  @param props.isOneOfMany  the node has other workspaces of the project: its name alone does not tell which one it is */
function NodeLine({ node, said, isOneOfMany }: { node: NodeOfProject; said: string; isOneOfMany: boolean }) {
  const asks = node.question && askingSentence(node.node, node.question);
  const more = node.problemCount - Math.min(node.problems.length, PROBLEMS_SHOWN);
  return (
    <li class="node" data-node={node.node} data-state={node.state}>
      <Icon name="server" />
      <strong>
        <a href={nodeUrl(node.node)}>{node.node}</a>
      </strong>
      <NodeState state={node.state} skipped={node.skipped} />
      <span class="node-sentence muted">
        {isOneOfMany || node.prefix !== undefined ? <Place node={node} withRoot={isOneOfMany} /> : null}
        {saysMore(node) === '' ? null : <VisibleText value={saysMore(node)} />}
      </span>
      <span class="node-pending num">
        {node.pendingUp > 0 ? (
          <span title={`${plural(node.pendingUp, 'change')} to send`}>
            <Icon name="arrow-up" />
            {formatCount(node.pendingUp)}
          </span>
        ) : null}
        {node.pendingDown > 0 ? (
          <span title={`${plural(node.pendingDown, 'change')} to fetch`}>
            <Icon name="arrow-down" />
            {formatCount(node.pendingDown)}
          </span>
        ) : null}
        {node.state === 'offline' || node.state === 'unheard' ? (
          <span class="muted">
            seen <When at={node.lastSeenAt} />
          </span>
        ) : node.oldestPendingAt !== null ? (
          <span class="muted">
            oldest <When at={node.oldestPendingAt} />
          </span>
        ) : null}
      </span>
      {asks === undefined ? null : (
        <p class="node-asks">
          <Icon name="circle-question-mark" />
          <span>
            <VisibleText value={asks === said ? 'It waits for the answer.' : asks} />
          </span>
          <a class="button" href={nodeUrl(node.node)}>
            Answer on {node.node}
          </a>
        </p>
      )}
      {node.problems.length > 0 ? (
        <ul class="problems">
          {node.problems.slice(0, PROBLEMS_SHOWN).map((problem) => (
            <li>
              <Icon name="circle-alert" />
              <code>
                <VisibleText value={problem.path} />
              </code>
              <span>
                <VisibleText value={problem.reason} />
              </span>
            </li>
          ))}
          {more > 0 ? <li class="muted">and {plural(more, 'more problem')}</li> : null}
        </ul>
      ) : null}
    </li>
  );
}

/** Which part of the project it is, and where it lies on the node. */
function Place({ node, withRoot }: { node: NodeOfProject; withRoot: boolean }) {
  return (
    <span class="node-place">
      {node.prefix === undefined ? null : (
        <span>
          only <VisibleText value={node.prefix} />
        </span>
      )}
      {withRoot ? (
        <code>
          <VisibleText value={node.root} />
        </code>
      ) : null}
    </span>
  );
}

/** What a sentence says beyond the word of the state that stands before it, and the question behind it; '' for nothing. */
export const saysMore = ({ sentence, question }: Pick<NodeOfProject, 'sentence' | 'question'>): string =>
  question !== undefined && sentence.startsWith(question.sentence)
    ? ''
    : sentence.replace(/^in sync(, [\d,]+ skipped)?(\.? *$|\. )/i, '');

function NoProjects({ none }: { none: boolean }) {
  return (
    <div id="projects-empty">
      {none ? (
        <EmptyState icon="boxes" title="No projects yet">
          <p>Give one a name above, then open a node in the list of nodes and assign it there. Or be led through it:</p>
          <p>
            <a class="button button-primary" href={startUrl()}>
              Start here
            </a>
          </p>
        </EmptyState>
      ) : (
        <p class="muted stats-note">
          Size is that of the files. What is stored is each content once, however many files have it, with the versions
          that are kept; content that projects share is counted where it came first.
        </p>
      )}
    </div>
  );
}
