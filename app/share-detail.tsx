// One share link: its address, what it opens and until when, who used it and who was refused, and its end.
import type { Context } from 'hono';
import { CopyField } from '../components/copy-field.tsx';
import { Fact, Facts } from '../components/facts.tsx';
import { plural } from '../components/format.ts';
import { MadeFacts } from '../components/made-facts.tsx';
import { NamedHead } from '../components/named-head.tsx';
import { RevokeCard } from '../components/revoke-card.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { baseName } from '../core/model/rel-path.ts';
import { lookOfEvent } from './category.ts';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import { eventText } from './event-text.tsx';
import type { EventRow } from './event-view.ts';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { block, markOf, type Part, partHtml } from './parts.ts';
import { saidHtml, saidIn } from './said.tsx';
import { linkAddress } from './share-address.ts';
import { Expiry, ShareScopeLine, ShareStateChip, usesText, versionText } from './share-parts.tsx';
import type { ShareView } from './share-view.ts';
import { troublePart } from './trouble.tsx';
import { filesUrl, plainFileUrl, sharePageUrl } from './url.ts';

const EVENTS_SHOWN = 50;

export async function shareDetail(c: Context<AppEnv>, id: string): Promise<Response> {
  const { view, parts, all } = await load(c, id);
  const { scope } = view;
  const name = visible(baseName(scope.path) || scope.project);
  return sendPage(c, {
    title: `Link to ${name}`,
    section: 'shares',
    crumbs: [{ text: 'Shares', href: '/shares' }, { text: baseName(scope.path) || scope.project }],
    live: { mark: markOf(all) },
    trouble: partHtml(parts.trouble),
    view: (
      <>
        {partHtml(parts.head)}
        {saidHtml(saidIn(c))}
        <div class="node-page">
          <div class="job-main">
            {partHtml(parts.address)}
            {partHtml(parts.events)}
          </div>
          <aside class="node-side" aria-label="Facts of the link, and its end">
            {partHtml(parts.facts)}
            {partHtml(parts.end)}
          </aside>
        </div>
      </>
    ),
  });
}

export const shareDetailLive = (c: Context<AppEnv>, id: string): Response =>
  live(c, [{ kind: 'shares' }, { kind: 'events' }], async () => (await load(c, id)).all);

async function load(c: Context<AppEnv>, id: string) {
  const { shares, queries } = c.get('services');
  const view = await shares.share(id);
  if (!view) throw new NotFoundError('There is no such link (any more). One that ended is kept for 90 days.');
  const { rows } = await queries.events({ correlation: `share-${view.id}`, limit: EVENTS_SHOWN });
  const parts = {
    trouble: troublePart(queries),
    head: block('share-head', <Head view={view} />),
    address: block('share-address', <Address view={view} address={view.token && linkAddress(c, view.token)} />),
    events: block('share-events', <Events rows={rows} />),
    facts: block('share-facts', <ShareFacts view={view} />),
    end: block('revoke', <End view={view} />),
  };
  const all: readonly Part[] = Object.values(parts);
  return { view, parts, all };
}

function Head({ view: { scope, state } }: { view: ShareView }) {
  return (
    <NamedHead id="share-head" state={state} kind="Link to" name={<ShareScopeLine scope={scope} />}>
      <ShareStateChip state={state} />
    </NamedHead>
  );
}

function Address({ view, address }: { view: ShareView; address: string | undefined }) {
  const { state, hasPassword, scope } = view;
  return (
    <section class="panel" id="share-address" aria-labelledby="share-address-title" hidden={state !== 'active'}>
      <h2 id="share-address-title">Link</h2>
      {address === undefined ? (
        <p class="muted">
          It was shown once, where it was made, and cannot be shown again. Make another one if need be.
        </p>
      ) : (
        <CopyField id="share-link" value={address} word="Link" />
      )}
      <p class="muted share-hint">
        Whoever has it can download {scope.kind === 'file' ? 'the file' : 'all files of the folder'} without signing in
        {hasPassword ? ', with its password' : ''}.
      </p>
    </section>
  );
}

function Events({ rows }: { rows: readonly EventRow[] }) {
  return (
    <section class="panel" id="share-events" aria-labelledby="share-events-title">
      <h2 id="share-events-title">What happened</h2>
      {rows.length === 0 ? <p class="muted">Nothing that is still kept.</p> : null}
      <ul class="job-items">
        {rows.map(({ event }) => {
          const look = lookOfEvent(event);
          return (
            <li>
              <When at={Date.parse(event.ts)} />
              <strong class={`cat-${look.category}`}>{look.word}</strong>
              <span class="muted">
                <VisibleText value={eventText(event).detail} />
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function ShareFacts({ view }: { view: ShareView }) {
  const { scope, expiresAt, lastUsedAt, hasPassword } = view;
  const { project, path, kind } = scope;
  const place =
    kind === 'file' && path !== '' ? plainFileUrl(project, path) : filesUrl({ project, prefix: path, open: [] });
  return (
    <section class="side-card" id="share-facts" aria-label="Facts">
      <Facts>
        <Fact name="Opens">
          <a class="breakable" href={place}>
            <VisibleText value={path === '' ? `all of ${project}` : path} />
          </a>
        </Fact>
        <Fact name="Project">{project}</Fact>
        <Fact name="Version">{versionText(scope)}</Fact>
        <Fact name="Expires">
          <Expiry at={expiresAt} />
        </Fact>
        <Fact name="Uses">
          <span class="num">{usesText(view)}</span>
        </Fact>
        <Fact name="Last use">{lastUsedAt === undefined ? 'none yet' : <When at={lastUsedAt} />}</Fact>
        <Fact name="Password">{hasPassword ? 'yes' : 'none'}</Fact>
        <MadeFacts view={view} />
      </Facts>
    </section>
  );
}

function End({ view: { id, state, uses } }: { view: ShareView }) {
  return (
    <RevokeCard address={sharePageUrl(id)} word="Revoke the link" isActive={state === 'active'}>
      {uses === 0 ? 'Nobody has used it yet.' : `It was used ${plural(uses, 'time')}.`} From then on whoever opens it
      gets nothing, also who was let in before. It cannot be undone; a new link has another address.
    </RevokeCard>
  );
}
