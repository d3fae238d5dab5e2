// One API token: what it may do, until when, when it was used, and its end.
import type { Context } from 'hono';
import { Fact, Facts } from '../components/facts.tsx';
import { MadeFacts } from '../components/made-facts.tsx';
import { NamedHead } from '../components/named-head.tsx';
import { RevokeCard } from '../components/revoke-card.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { block, markOf, type Part, partHtml } from './parts.ts';
import { saidHtml, saidIn } from './said.tsx';
import { SCOPE_WORDS, TokenEnd, TokenStateChip } from './token-parts.tsx';
import type { TokenView } from './token-view.ts';
import { troublePart } from './trouble.tsx';
import { projectUrl, tokensUrl, tokenUrl } from './url.ts';

export async function tokenDetail(c: Context<AppEnv>, id: string): Promise<Response> {
  const { view, parts, all } = await load(c, id);
  return sendPage(c, {
    title: `Token ${visible(view.name)}`,
    section: 'settings',
    crumbs: [{ text: 'Settings', href: '/settings' }, { text: 'API tokens', href: tokensUrl() }, { text: view.name }],
    live: { mark: markOf(all) },
    trouble: partHtml(parts.trouble),
    view: (
      <>
        {partHtml(parts.head)}
        {saidHtml(saidIn(c))}
        <div class="node-page">
          {partHtml(parts.facts)}
          <aside class="node-side" aria-label="Its end">
            {partHtml(parts.end)}
          </aside>
        </div>
      </>
    ),
  });
}

export const tokenDetailLive = (c: Context<AppEnv>, id: string): Response =>
  live(c, [{ kind: 'tokens' }], async () => (await load(c, id)).all);

async function load(c: Context<AppEnv>, id: string) {
  const { tokens, queries } = c.get('services');
  const view = await tokens.token(id);
  if (!view) throw new NotFoundError('There is no such token (any more). One that ended is kept for 90 days.');
  const parts = {
    trouble: troublePart(queries),
    head: block('token-head', <Head view={view} />),
    facts: block('token-facts', <TokenFacts view={view} />),
    end: block('revoke', <End view={view} />),
  };
  const all: readonly Part[] = Object.values(parts);
  return { view, parts, all };
}

function Head({ view: { name, state } }: { view: TokenView }) {
  return (
    <NamedHead id="token-head" state={state} kind="Token" name={<VisibleText value={name} />}>
      <TokenStateChip state={state} />
    </NamedHead>
  );
}

function TokenFacts({ view }: { view: TokenView }) {
  const { id, scope, projects, expiresAt, lastUsedAt } = view;
  return (
    <section class="side-card" id="token-facts" aria-label="Facts">
      <Facts>
        <Fact name="May">
          {SCOPE_WORDS[scope].word}: {SCOPE_WORDS[scope].about}
        </Fact>
        <Fact name="Projects">
          {projects === 'all' ? (
            'all, and what is of no project'
          ) : (
            <span class="token-projects">
              {projects.map((name) => (
                <a class="mono" href={projectUrl(name)}>
                  {name}
                </a>
              ))}
            </span>
          )}
        </Fact>
        <Fact name="Expires">
          <TokenEnd at={expiresAt} />
        </Fact>
        <Fact name="Last used">{lastUsedAt === undefined ? 'never' : <When at={lastUsedAt} />}</Fact>
        <Fact name="Begins with">
          <code>fst_{id}</code>
        </Fact>
        <MadeFacts view={view} />
      </Facts>
    </section>
  );
}

function End({ view: { id, state, lastUsedAt } }: { view: TokenView }) {
  return (
    <RevokeCard address={tokenUrl(id)} word="Revoke the token" isActive={state === 'active'}>
      {lastUsedAt === undefined ? (
        'Nothing has used it yet.'
      ) : (
        <>
          It was last used <When at={lastUsedAt} />.
        </>
      )}{' '}
      Whatever sends it gets nothing more, on every server, within a second. It cannot be undone; a new token has
      another text.
    </RevokeCard>
  );
}
