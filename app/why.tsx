// Why a project, a node's part of it, or a file is not in sync: one sentence, one button that mends it, and for each node what
// it should have against what it has. `?path` narrows it to a path, `?node` to a node.
import { type Context, Hono } from 'hono';
import { EmptyState } from '../components/empty-state.tsx';
import { formatBytes, formatCount, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { legibleJson } from '../components/legible-json.ts';
import { NodeState } from '../components/node-state.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { unreachable } from '../core/model/assert.ts';
import { nodeIdSchema } from '../core/model/ids.ts';
import { relPathSchema } from '../core/model/rel-path.ts';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import { live } from './live.ts';
import { Base, placeOf, workspaceId } from './node-workspace.tsx';
import { sendPage } from './page.tsx';
import { block, listRow, markOf, type Part, partHtml } from './parts.ts';
import { ProjectLinks } from './project-links.tsx';
import { projectIn } from './project-manage.tsx';
import { saidHtml, saidIn } from './said.tsx';
import { TierBadges } from './tier-badges.tsx';
import { troublePart } from './trouble.tsx';
import { nodeUrl, plainFileUrl, projectUrl, whyUrl } from './url.ts';
import { FixForm } from './why-fix.tsx';
import { diagnosticsOf, type Has, loadWhy, type WhyNow, type WhyRow } from './why-load.ts';

export const whyRoutes = new Hono<AppEnv>()
  .get('/p/:project/why', (c) => whyPage(c))
  .get('/p/:project/why/live', (c) =>
    live(c, [{ kind: 'project', project: projectIn(c) }, { kind: 'nodes' }], async () => (await load(c)).all),
  )
  .get('/p/:project/why/diagnostics', async (c) => {
    const { now, trouble } = await load(c);
    c.header('cache-control', 'no-store');
    c.header('content-disposition', `attachment; filename="why-${now.project.name}.json"`);
    return c.json({ at: new Date().toISOString(), ...diagnosticsOf(now, trouble) });
  });

async function whyPage(c: Context<AppEnv>): Promise<Response> {
  const { now, parts, all } = await load(c);
  const { project, path, node } = now;
  const files = projectUrl(project.name);
  const narrowed = path ?? node;
  return sendPage(c, {
    title: `Why ${narrowed ?? project.name}`,
    section: 'projects',
    crumbs: [
      { text: project.name, href: files },
      ...(narrowed === undefined
        ? [{ text: 'Why' }]
        : [{ text: 'Why', href: whyUrl(project.name) }, { text: narrowed }]),
    ],
    live: { mark: markOf(all) },
    trouble: partHtml(parts.trouble),
    view: (
      <>
        <header class="head">
          <h1 class={path === undefined ? undefined : 'mono'}>
            <VisibleText value={path ?? project.name} />
          </h1>
          {node === undefined ? null : <span class="muted">on {node}</span>}
          <p class="card-links">
            {path === undefined ? (
              <ProjectLinks name={project.name} />
            ) : (
              <a class="button button-quiet" href={plainFileUrl(project.name, path)}>
                <Icon name="file" />
                The file
              </a>
            )}
          </p>
        </header>
        {saidHtml(saidIn(c))}
        {partHtml(parts.verdict)}
        <h2 class="unseen">What it should have, and what storage and nodes have</h2>
        {partHtml(parts.storage)}
        {partHtml(parts.rows)}
        {partHtml(parts.none)}
        {partHtml(parts.diagnostics)}
      </>
    ),
  });
}

async function load(c: Context<AppEnv>) {
  const services = c.get('services');
  const name = projectIn(c);
  const [path, node] = [c.req.query('path') || undefined, c.req.query('node') || undefined];
  const asked = {
    project: name,
    path: path === undefined ? undefined : parsed(relPathSchema.safeParse(path), 'There is no such path.'),
    node: node === undefined ? undefined : parsed(nodeIdSchema.safeParse(node), 'There is no such node.'),
  };
  const now = await loadWhy(services, asked);
  if (!now) throw new NotFoundError(`There is no project ${name} (any more).`);
  const trouble = services.queries.trouble()?.sentence;
  const rows = now.rows ?? [];
  const parts = {
    trouble: troublePart(services.queries),
    verdict: block('why-verdict', <Verdict now={now} />),
    storage: block('why-storage', <Storage now={now} />),
    rows: {
      kind: 'list' as const,
      tag: 'div' as const,
      id: 'why-nodes',
      rows: rows.map((row) => listRow(`why-${workspaceId(row.node, row.workspace)}`, <Row now={now} row={row} />)),
    },
    none: block('why-none', <None now={now} />),
    diagnostics: block('why-diagnostics', <Diagnostics now={now} trouble={trouble} />),
  };
  const all: readonly Part[] = Object.values(parts);
  return { now, trouble, parts, all };
}

function parsed<T>(read: { success: true; data: T } | { success: false }, otherwise: string): T {
  if (!read.success) throw new NotFoundError(otherwise);
  return read.data;
}

function Verdict({ now }: { now: WhyNow }) {
  const { why, row } = now.first;
  return (
    <section
      id="why-verdict"
      class={`why-verdict ${why.isFine ? 'is-fine' : 'is-not'}`}
      role="status"
      aria-label="Verdict"
    >
      <Icon name={why.isFine ? 'circle-check' : 'triangle-alert'} />
      <p>
        <strong>
          <VisibleText value={why.sentence} />
        </strong>
        {why.isFine && now.verifiedAt !== undefined ? (
          <span class="muted">
            , verified <When at={now.verifiedAt} />
          </span>
        ) : null}
        {row?.workspace.nextTryAt === undefined ? null : (
          <span class="muted">
            Tried <When at={row.workspace.lastTryAt ?? row.workspace.nextTryAt} />, next try{' '}
            <When at={row.workspace.nextTryAt} as="due" />.
          </span>
        )}
      </p>
      {why.fix ? <FixForm now={now} node={row?.node} workspace={row?.workspace} fix={why.fix} isFirst /> : null}
    </section>
  );
}

function Storage({ now }: { now: WhyNow }) {
  const { project, file, storage, first } = now;
  return (
    <section id="why-storage" class="panel" aria-labelledby="why-storage-name">
      <header class="place-head">
        <h3 id="why-storage-name">Storage</h3>
        {file ? <TierBadges tiers={file.file.tiers} /> : null}
        <p class="place-sentence muted">
          <VisibleText value={storage.sentence} />
        </p>
        {storage.fix && first.why !== storage ? (
          <FixForm now={now} node={undefined} workspace={undefined} fix={storage.fix} isFirst={false} />
        ) : null}
      </header>
      <dl class="node-numbers why-facts">
        <div>
          <dt>Wanted by all</dt>
          <dd>
            {file ? (
              <>
                <code title={file.file.sha}>{file.file.sha.slice(0, 8)}</code>, {formatBytes(file.file.sizeBytes)}
              </>
            ) : project.commitSha === null ? (
              <span class="muted">nothing yet</span>
            ) : (
              <code title={project.commitSha}>{project.commitSha.slice(0, 8)}</code>
            )}
          </dd>
        </div>
        <div>
          <dt>{file ? 'Written' : 'Committed'}</dt>
          <dd>
            {file ? (
              <When at={file.file.modifiedAt} />
            ) : project.changedAt === null ? (
              <span class="muted">never</span>
            ) : (
              <When at={project.changedAt} />
            )}
          </dd>
        </div>
        {file ? (
          <div>
            <dt>Wanted tier</dt>
            <dd>{file.pinnedBy === undefined ? 'by policy' : 'hot, pinned'}</dd>
          </div>
        ) : (
          <div>
            <dt>Not in cold yet</dt>
            <dd class="num">{formatCount(project.toArchive)}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function Row({ now, row }: { now: WhyNow; row: WhyRow }) {
  const { node, workspace, why, has } = row;
  const { state, skipped, prefix, pendingUp, pendingDown, oldestPendingAt, lookedAt, lastTryAt, nextTryAt } = workspace;
  const id = `why-${workspaceId(node, workspace)}`;
  return (
    <section class="panel" id={id} data-node={node} data-state={state} aria-labelledby={`${id}-name`}>
      <header class="place-head">
        <h3 id={`${id}-name`}>
          <a href={nodeUrl(node)}>{node}</a>
          {prefix === undefined ? null : (
            <span class="place-prefix">
              {' '}
              <VisibleText value={placeOf(workspace)} />
            </span>
          )}
        </h3>
        <NodeState state={state} skipped={skipped} />
        <p class="place-sentence muted">
          <VisibleText value={why.sentence} />
        </p>
        {why.fix && now.first.row !== row ? (
          <FixForm now={now} node={node} workspace={workspace} fix={why.fix} isFirst={false} />
        ) : null}
      </header>
      <dl class="node-numbers why-facts">
        <div>
          <dt>Has</dt>
          <dd>{has ? <HasIt has={has} /> : <Base workspace={workspace} lag={workspace.lag} />}</dd>
        </div>
        <div>
          <dt>On its way</dt>
          <dd class="num">
            {pendingUp + pendingDown === 0 ? (
              <span class="muted">nothing</span>
            ) : (
              `${formatCount(pendingUp)} out, ${formatCount(pendingDown)} in`
            )}
            {oldestPendingAt === null ? null : (
              <span class="muted">
                , oldest <When at={oldestPendingAt} />
              </span>
            )}
          </dd>
        </div>
        <div>
          <dt>Last try</dt>
          <dd>{lastTryAt === undefined ? <span class="muted">nothing failed</span> : <When at={lastTryAt} />}</dd>
        </div>
        <div>
          <dt>Next try</dt>
          <dd>{nextTryAt === undefined ? <span class="muted">none due</span> : <When at={nextTryAt} as="due" />}</dd>
        </div>
        <div>
          <dt>Compared as a whole</dt>
          <dd>
            {lookedAt === undefined ? <span class="muted">not since its start</span> : <When at={lookedAt} />}
            <Resynced row={row} />
          </dd>
        </div>
      </dl>
    </section>
  );
}

function HasIt({ has }: { has: Has }) {
  switch (has.kind) {
    case 'wanted':
      return (
        <span class="good why-has">
          <Icon name="check" />
          this version
        </span>
      );
    case 'older':
      return (
        <>
          an older version, <code title={has.sha}>{has.sha.slice(0, 8)}</code>
        </>
      );
    case 'nothing':
      return <>not the file</>;
    case 'unknown':
      return <span class="muted">not known while paths are on their way</span>;
    default:
      return unreachable(has);
  }
}

/** What came of the last new look that somebody asked for. */
function Resynced({ row: { workspace } }: { row: WhyRow }) {
  const { resync } = workspace;
  if (!resync) return null;
  const found =
    resync.ended === undefined
      ? 'looks now'
      : resync.found === undefined || resync.found === 0
        ? 'found nothing new'
        : `found ${plural(resync.found, 'path')}`;
  return (
    <span class="muted" data-resync={resync.ended === undefined ? 'looking' : 'ended'}>
      ; asked <When at={Date.parse(resync.asked)} />, {found}
      {resync.path === undefined ? null : (
        <>
          {' '}
          below <VisibleText value={resync.path} />
        </>
      )}
    </span>
  );
}

function None({ now }: { now: WhyNow }) {
  const { rows, path, project } = now;
  return (
    <div id="why-none">
      {rows === undefined ? (
        <p class="muted">The server has just started, and has not heard of all nodes yet.</p>
      ) : rows.length > 0 ? null : (
        <EmptyState icon="server" title={path === undefined ? 'No node holds it' : 'No node holds this path'}>
          <p>
            To have {project.name} on a node, open the node in <a href="/nodes">the list of nodes</a> and assign it
            there.
          </p>
        </EmptyState>
      )}
    </div>
  );
}

/** Said again as text that can be copied, also where a script cannot. */
function Diagnostics({ now, trouble }: { now: WhyNow; trouble: string | undefined }) {
  const shown = legibleJson(diagnosticsOf(now, trouble));
  const href = whyUrl(now.project.name, { path: now.path, node: now.node }, '/diagnostics');
  return (
    <section id="why-diagnostics" class="why-diagnostics panel-foot" aria-labelledby="why-diagnostics-name">
      <h3 id="why-diagnostics-name">Diagnostics</h3>
      <p class="muted">What this page knows, as text for whoever helps. It has names of paths in it, and no secrets.</p>
      <button type="button" class="button js-only" data-act="copy" data-copy-from="why-record">
        <Icon name="copy" />
        Copy diagnostics
      </button>
      <a class="button" href={href} download="">
        <Icon name="download" />
        Download
      </a>
      <details>
        <summary>Show</summary>
        <pre id="why-record" tabindex={0}>{`\n${shown}`}</pre>
      </details>
    </section>
  );
}
