// Shares: the links that open something now, and those that ended; what each opens, until when, how often it was used, and
// who made it. The address says the filter and the page.
import { type Context, Hono } from 'hono';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon } from '../components/icon.tsx';
import { MakerCell } from '../components/maker-cell.tsx';
import { RevokeLink } from '../components/revoke-card.tsx';
import { visible } from '../components/visible-text.tsx';
import { type ProjectName, projectNameSchema } from '../core/model/ids.ts';
import type { AppEnv } from './context.ts';
import { type Ending, EndingChoice, EndingPager, endingColumn, endingIn, endingQuery, SHOWN } from './ending.tsx';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { block, type List, listRow, markOf, type Part, partHtml } from './parts.ts';
import { saidHtml, saidIn } from './said.tsx';
import { linkAddress } from './share-address.ts';
import { shareDetail, shareDetailLive } from './share-detail.tsx';
import { Expiry, ShareScopeLine, ShareStateChip, scopeText, usesText, usesUnit, versionText } from './share-parts.tsx';
import type { SharesPage, ShareView } from './share-view.ts';
import { troublePart } from './trouble.tsx';
import { sharePageUrl, sharesUrl } from './url.ts';

export const shareRoutes = new Hono<AppEnv>()
  .get('/shares', page)
  .get('/shares/live', (c) => live(c, [{ kind: 'shares' }], async () => (await load(c)).all))
  .get('/shares/:id', (c) => shareDetail(c, c.req.param('id')))
  .get('/shares/:id/live', (c) => shareDetailLive(c, c.req.param('id')));

async function page(c: Context<AppEnv>): Promise<Response> {
  const parts = await load(c);
  const filter = asked(c);
  const projects = (await c.get('services').queries.projects()).map(({ name }) => name).sort();
  return sendPage(c, {
    title: 'Shares',
    section: 'shares',
    crumbs: [{ text: 'Shares' }],
    live: { mark: markOf(parts.all) },
    trouble: partHtml(parts.trouble),
    view: (
      <>
        <header class="head">
          <h1>Shares</h1>
          <Filters filter={filter} projects={projects} />
        </header>
        {saidHtml(saidIn(c))}
        <table
          class="grid listing"
          id="shares"
          aria-label={filter.state === 'active' ? 'Links that open' : 'Links that ended'}
        >
          <thead>
            <tr>
              <th scope="col">Opens</th>
              <th scope="col" class="cell-state">
                State
              </th>
              <th scope="col" class="cell-until">
                {endingColumn(filter)}
              </th>
              <th scope="col" class="cell-uses">
                Uses
              </th>
              <th scope="col" class="cell-maker">
                Made by
              </th>
              <th scope="col" class="cell-acts">
                <span class="unseen">Actions</span>
              </th>
            </tr>
          </thead>
          {partHtml(parts.list)}
        </table>
        {partHtml(parts.foot)}
      </>
    ),
  });
}

interface Filter extends Ending {
  readonly project: ProjectName | undefined;
}

function asked(c: Context<AppEnv>): Filter {
  const named = projectNameSchema.safeParse(c.req.query('project'));
  return { ...endingIn(c), project: named.success ? named.data : undefined };
}

const addressOf = (filter: Filter): string => sharesUrl(endingQuery(filter));

async function load(c: Context<AppEnv>) {
  const { shares, queries } = c.get('services');
  const filter = asked(c);
  const found = await shares.shares({ ...filter, limit: SHOWN });
  const trouble = troublePart(queries);
  const list: List = {
    kind: 'list',
    tag: 'tbody',
    id: 'share-rows',
    rows: found.shares.map((view) => listRow(`share-${view.id}`, <ShareRow c={c} view={view} />)),
  };
  const foot = block('shares-foot', <Foot filter={filter} found={found} />);
  const all: readonly Part[] = [trouble, list, foot];
  return { trouble, list, foot, all };
}

function ShareRow({ c, view }: { c: Context<AppEnv>; view: ShareView }) {
  const { id, scope, state, token } = view;
  const name = visible(scopeText(scope));
  const address = sharePageUrl(id);
  return (
    <tr id={`share-${id}`} data-row="" data-share={id} tabindex={-1}>
      <td class="cell-scope">
        <a href={address} data-open="">
          <ShareScopeLine scope={scope} />
        </a>
        <span class="muted share-of">
          {scope.path === '' ? null : `${scope.project} · `}
          {versionText(scope)}
          {view.hasPassword ? ' · with a password' : ''}
        </span>
      </td>
      <td class="cell-state">
        <ShareStateChip state={state} />
      </td>
      <td class="cell-until num">
        <Expiry at={view.expiresAt} />
      </td>
      <td class="cell-uses num" data-unit={usesUnit(view)}>
        {usesText(view)}
      </td>
      <MakerCell by={view.by} createdAt={view.createdAt} />
      <td class="cell-acts">
        {state === 'active' && token !== undefined ? (
          <button
            type="button"
            class="icon-button js-only"
            data-act="copy"
            data-copy={linkAddress(c, token)}
            aria-label={`Copy the link to ${name}`}
            title="Copy link"
          >
            <Icon name="copy" />
          </button>
        ) : null}
        {state === 'active' ? <RevokeLink address={address} name={`the link to ${name}`} /> : null}
      </td>
    </tr>
  );
}

function Filters({ filter, projects }: { filter: Filter; projects: readonly ProjectName[] }) {
  return (
    <form method="get" action="/shares" class="filter-form filters">
      <EndingChoice state={filter.state} />
      <select name="project" aria-label="Project" data-act="submit">
        <option value="">All projects</option>
        {projects.map((name) => (
          <option value={name} selected={name === filter.project}>
            {name}
          </option>
        ))}
      </select>
      <button type="submit" class="button no-js-only">
        Filter
      </button>
    </form>
  );
}

function Foot({ filter, found }: { filter: Filter; found: SharesPage }) {
  const { before, state, project } = filter;
  return (
    <div id="shares-foot">
      {found.shares.length > 0 || before !== undefined ? null : state === 'ended' ? (
        <EmptyState icon="share-2" title="No link has ended">
          <p>Links that expired, were used up or were revoked are kept here for 90 days.</p>
        </EmptyState>
      ) : (
        <EmptyState
          icon="share-2"
          title={project === undefined ? 'Nothing is shared' : `Nothing of ${project} is shared`}
        >
          <p>A link gives a file or a folder to people who have no account. Open a file and choose “Share”.</p>
          <p>
            <a class="button" href={project === undefined ? '/files' : `/p/${project}/files`}>
              Browse files
            </a>
          </p>
        </EmptyState>
      )}
      <EndingPager filter={filter} next={found.next} addressOf={addressOf} />
    </div>
  );
}
