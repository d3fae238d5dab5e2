// API tokens: what programs may do, until when, when they last did something, and who let them; made and revoked here. The
// address says the filter and the page.
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon } from '../components/icon.tsx';
import { MakerCell } from '../components/maker-cell.tsx';
import { RevokeLink } from '../components/revoke-card.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { AppEnv } from './context.ts';
import { type Ending, EndingChoice, EndingPager, endingColumn, endingIn, endingQuery, SHOWN } from './ending.tsx';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { block, type List, listRow, markOf, type Part, partHtml } from './parts.ts';
import { answerForm, saidHtml, saidIn } from './said.tsx';
import { fieldsIn } from './sent.ts';
import { actorOf } from './session.ts';
import { SettingsNav } from './settings-nav.tsx';
import { tokenDetail, tokenDetailLive } from './token-detail.tsx';
import { readTokenForm, sendMadeToken, sendTokenForm } from './token-form.tsx';
import { projectsText, SCOPE_WORDS, TokenEnd, TokenStateChip } from './token-parts.tsx';
import type { TokensPage, TokenView } from './token-view.ts';
import { troublePart } from './trouble.tsx';
import { tokensUrl, tokenUrl } from './url.ts';

const MAX_FORM_BYTES = 16 * 1024;

export const tokenRoutes = new Hono<AppEnv>()
  .use('/settings/tokens/*', bodyLimit({ maxSize: MAX_FORM_BYTES }))
  .get('/settings/tokens', page)
  .get('/settings/tokens/live', (c) => live(c, [{ kind: 'tokens' }], async () => (await load(c)).all))
  .get('/settings/tokens/new', (c) => sendTokenForm(c))
  .post('/settings/tokens', async (c) => {
    const { queries, tokenCommands } = c.get('services');
    const names = new Set((await queries.projects()).map(({ name }) => name));
    const read = readTokenForm(await fieldsIn(c), (name) => names.has(name), queries.now());
    if (read.kind === 'invalid') return sendTokenForm(c, read.form);
    const outcome = await tokenCommands.createToken(actorOf(c), read.asked);
    if (outcome.kind !== 'token-made') return answerForm(c, '/settings/tokens/new', outcome.kind);
    return sendMadeToken(c, outcome.token, outcome.text);
  })
  .get('/settings/tokens/:id', (c) => tokenDetail(c, c.req.param('id')))
  .get('/settings/tokens/:id/live', (c) => tokenDetailLive(c, c.req.param('id')))
  .post('/settings/tokens/:id/revoke', async (c) => {
    const id = c.req.param('id');
    const { kind } = await c.get('services').tokenCommands.revokeToken(actorOf(c), id);
    return answerForm(c, kind === 'no-token' ? tokensUrl() : tokenUrl(id), kind);
  });

async function page(c: Context<AppEnv>): Promise<Response> {
  const parts = await load(c);
  const { state } = endingIn(c);
  return sendPage(c, {
    title: 'API tokens',
    section: 'settings',
    crumbs: [{ text: 'Settings', href: '/settings' }, { text: 'API tokens' }],
    live: { mark: markOf(parts.all) },
    trouble: partHtml(parts.trouble),
    view: (
      <>
        <header class="head">
          <h1>API tokens</h1>
          <form method="get" action="/settings/tokens" class="filter-form filters">
            <EndingChoice state={state} />
            <button type="submit" class="button no-js-only">
              Filter
            </button>
          </form>
          <a class="button" href="/settings/tokens/new">
            <Icon name="plus" />
            New token
          </a>
        </header>
        <SettingsNav here="tokens" />
        {saidHtml(saidIn(c))}
        <table class="grid listing" id="tokens" aria-label={state === 'active' ? 'Tokens' : 'Tokens that ended'}>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col" class="cell-state">
                State
              </th>
              <th scope="col" class="cell-until">
                {endingColumn({ state })}
              </th>
              <th scope="col" class="cell-used">
                Last used
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

const addressOf = (filter: Ending): string => tokensUrl(endingQuery(filter));

async function load(c: Context<AppEnv>) {
  const { tokens, queries } = c.get('services');
  const filter = endingIn(c);
  const found = await tokens.tokens({ ...filter, limit: SHOWN });
  const trouble = troublePart(queries);
  const list: List = {
    kind: 'list',
    tag: 'tbody',
    id: 'token-rows',
    rows: found.tokens.map((view) => listRow(`token-${view.id}`, <TokenRow view={view} />)),
  };
  const foot = block('tokens-foot', <Foot filter={filter} found={found} />);
  const all: readonly Part[] = [trouble, list, foot];
  return { trouble, list, foot, all };
}

function TokenRow({ view }: { view: TokenView }) {
  const { id, name, scope, state, expiresAt, lastUsedAt, by, createdAt } = view;
  const address = tokenUrl(id);
  return (
    <tr id={`token-${id}`} data-row="" data-token={id} tabindex={-1}>
      <td class="cell-scope">
        <a href={address} data-open="">
          <VisibleText value={name} />
        </a>
        <span class="muted share-of">
          {SCOPE_WORDS[scope].word} · {projectsText(view)}
        </span>
      </td>
      <td class="cell-state">
        <TokenStateChip state={state} />
      </td>
      <td class="cell-until num">
        <TokenEnd at={expiresAt} />
      </td>
      <td class="cell-used num">{lastUsedAt === undefined ? 'never' : <When at={lastUsedAt} />}</td>
      <MakerCell by={by} createdAt={createdAt} />
      <td class="cell-acts">{state === 'active' ? <RevokeLink address={address} name={visible(name)} /> : null}</td>
    </tr>
  );
}

function Foot({ filter, found }: { filter: Ending; found: TokensPage }) {
  const { before, state } = filter;
  return (
    <div id="tokens-foot">
      {found.tokens.length > 0 || before !== undefined ? null : state === 'ended' ? (
        <EmptyState icon="key" title="No token has ended">
          <p>Tokens that expired or were revoked are kept here for 90 days.</p>
        </EmptyState>
      ) : (
        <EmptyState icon="key" title="No program has a token">
          <p>
            A token lets a program do through the API what its scope allows, until it ends. Each gets its own, so that
            one can be taken back without the others.
          </p>
          <p>
            <a class="button" href="/settings/tokens/new">
              <Icon name="plus" />
              New token
            </a>
          </p>
        </EmptyState>
      )}
      <EndingPager filter={filter} next={found.next} addressOf={addressOf} />
    </div>
  );
}
