// The audit log: who did what, newest first, live; filtered by who, action and project, all of it to be had as a file; and
// whether its chain is whole. The address says the filter, the page and the open entry.
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { EmptyState } from '../components/empty-state.tsx';
import { formatCount } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { Pager } from '../components/pager.tsx';
import { SearchField } from '../components/search-field.tsx';
import type { AuditPage } from '../core/audit/audit-page.ts';
import { canonicalJson } from '../core/model/canonical-json.ts';
import { chainPart } from './audit-chain.tsx';
import { type AuditAsked, askedOfAudit, auditExportUrl, auditUrl, isFiltered } from './audit-query.ts';
import { auditDrawer, auditRows } from './audit-rows.tsx';
import { actionGroups, lookOfAction } from './audit-text.ts';
import type { AppEnv } from './context.ts';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { block, markOf, type Part, partHtml } from './parts.ts';
import { answerForm, saidHtml, saidIn } from './said.tsx';
import { actorOf } from './session.ts';
import { SettingsNav } from './settings-nav.tsx';
import { troublePart } from './trouble.tsx';

const SHOWN = 100;
const MAX_FORM_BYTES = 4 * 1024;

export const auditRoutes = new Hono<AppEnv>()
  .get('/audit', page)
  .get('/audit/live', (c) => live(c, [{ kind: 'audit' }], async () => (await load(c)).all))
  .get('/audit/export', exported)
  .post('/audit/verify', bodyLimit({ maxSize: MAX_FORM_BYTES }), async (c) => {
    const { kind } = await c.get('services').audit.verify(actorOf(c));
    return answerForm(c, auditUrl(), kind);
  });

async function page(c: Context<AppEnv>): Promise<Response> {
  const asked = askedOfAudit(c);
  const { queries } = c.get('services');
  const [parts, projects] = await Promise.all([load(c), queries.projects()]);
  return sendPage(c, {
    title: 'Audit log',
    section: 'settings',
    crumbs: [{ text: 'Settings', href: '/settings' }, { text: 'Audit log' }],
    live: { mark: markOf(parts.all) },
    trouble: partHtml(parts.trouble),
    view: (
      <>
        <header class="head">
          <h1>Audit log</h1>
          <p class="card-links">
            <a class="button button-quiet" href={auditExportUrl(asked)} download="">
              <Icon name="download" />
              Export
            </a>
          </p>
        </header>
        <SettingsNav here="audit" />
        {saidHtml(saidIn(c))}
        {partHtml(parts.chain)}
        <Filters asked={asked} projects={projects.map(({ name }) => name).sort()} />
        <div class="split">
          <div class="split-main">
            <table id="audit" class="grid feed">
              <thead>
                <tr>
                  <th scope="col" class="cell-clock">
                    Time
                  </th>
                  <th scope="col" class="cell-kind">
                    What
                  </th>
                  <th scope="col">Of what, and how it ended</th>
                  <th scope="col" class="cell-project">
                    Project
                  </th>
                  <th scope="col" class="cell-actor">
                    By
                  </th>
                </tr>
              </thead>
              {partHtml(parts.rows)}
            </table>
            {partHtml(parts.foot)}
          </div>
          {partHtml(parts.drawer)}
        </div>
      </>
    ),
  });
}

async function load(c: Context<AppEnv>) {
  const { queries, audit } = c.get('services');
  const asked = askedOfAudit(c);
  const [found, open] = await Promise.all([
    audit.page({ ...asked, limit: SHOWN }),
    asked.open === undefined ? undefined : audit.entry(asked.open),
  ]);
  const parts = {
    trouble: troublePart(queries),
    chain: chainPart(audit.verification()),
    rows: auditRows(asked, found.entries),
    foot: block('audit-foot', <Foot asked={asked} found={found} />),
    drawer: auditDrawer(asked, open),
  };
  const all: readonly Part[] = Object.values(parts);
  return { ...parts, all };
}

function Filters({ asked, projects }: { asked: AuditAsked; projects: readonly string[] }) {
  const offered =
    asked.project === undefined || projects.includes(asked.project) ? projects : [asked.project, ...projects];
  return (
    <div class="filters">
      <form method="get" action="/audit" class="filter-form">
        <select name="action" aria-label="Action" data-act="submit">
          <option value="">All actions</option>
          {actionGroups.map(({ noun, actions }) => (
            <optgroup label={noun}>
              {actions.length === 1 ? null : (
                <option value={noun} selected={noun === asked.action}>
                  All of {noun}
                </option>
              )}
              {actions.map((action) => (
                <option value={action} selected={action === asked.action}>
                  {lookOfAction(action).word}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
        <span class="search">
          <SearchField name="actor" label="Who did it" hint="Name or address" value={asked.actor} />
        </span>
        <select name="project" aria-label="Project" data-act="submit">
          <option value="">All projects</option>
          {offered.map((name) => (
            <option value={name} selected={name === asked.project}>
              {name}
            </option>
          ))}
        </select>
        <button type="submit" class="button no-js-only">
          Apply
        </button>
      </form>
      {isFiltered(asked) ? (
        <a class="clear" href={auditUrl()}>
          <Icon name="x" />
          Clear
        </a>
      ) : null}
    </div>
  );
}

function Foot({ asked, found }: { asked: AuditAsked; found: AuditPage }) {
  const older = found.next === undefined ? undefined : auditUrl({ ...asked, open: undefined, before: found.next });
  const isEmpty = found.entries.length === 0;
  return (
    <div id="audit-foot">
      {!isEmpty ? null : older !== undefined ? (
        <EmptyState icon="search" title="None of these match">
          <p>Entries from {formatCount(found.next ?? 0)} back were not looked at yet.</p>
        </EmptyState>
      ) : isFiltered(asked) || asked.before !== undefined ? (
        <EmptyState icon="search" title="No entry matches">
          <p>
            <a class="button" href={auditUrl()}>
              Show all entries
            </a>
          </p>
        </EmptyState>
      ) : (
        <EmptyState icon="history" title="No entries yet">
          <p>What people do here, who signs in and who opens a link is written down, each entry chained to the last.</p>
        </EmptyState>
      )}
      <Pager
        first={asked.before === undefined ? undefined : auditUrl({ ...asked, before: undefined, open: undefined })}
        next={older}
      />
    </div>
  );
}

/** One entry a line, as it is stored: who has the file can verify it without this program. */
function exported(c: Context<AppEnv>): Response {
  const { audit, tenant } = c.get('services');
  const entries = audit.all(askedOfAudit(c))[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await entries.next();
      if (next.done) controller.close();
      else controller.enqueue(encoder.encode(`${canonicalJson(next.value as Parameters<typeof canonicalJson>[0])}\n`));
    },
    async cancel() {
      await entries.return?.();
    },
  });
  return new Response(body, {
    headers: {
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': `attachment; filename="audit-${tenant}.ndjson"`,
      'cache-control': 'no-store',
    },
  });
}
