// Events: the newest 500, live, newest first. The address says the filter, the open event and the cursor, so a link
// shows a colleague the same window. A row never changes once written, so it is rendered once for all readers.
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { CategoryChip } from '../components/chip.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon } from '../components/icon.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { type ProjectName, projectNameSchema } from '../core/model/ids.ts';
import { type Category, categories, categoryLooks, isCategory, lookOf, typesOf } from './category.ts';
import type { AppEnv, EventQuery, EventRow, EventWindow, Queries } from './context.ts';
import { eventText } from './event-text.tsx';
import { type Flush, liveStream } from './live.ts';
import { sendPage } from './page.tsx';
import { type Block, block, type List, partHtml, patchable, TabParts } from './parts.ts';
import { Remembered } from './remembered.ts';
import { freshCount, mergeFragments } from './sse.ts';
import { troublePart } from './trouble.tsx';
import { plainFileUrl, withQuery } from './url.ts';

export const WINDOW_ROWS = 500;
/** Rendered rows kept for all readers together. */
const MAX_ROWS_KEPT = 4000;

/** What the address says. */
interface Asked {
  readonly chosen: readonly Category[];
  readonly project: ProjectName | undefined;
  readonly path: string | undefined;
  /** show events older than this seq: a page of history, which does not move */
  readonly before: number | undefined;
  /** show only events newer than this seq */
  readonly after: number | undefined;
  /** the event whose detail is open */
  readonly open: number | undefined;
}

const seqSchema = z.coerce.number().int().min(0).optional().catch(undefined);
const seq = (text: string | undefined) => (text === undefined || text === '' ? undefined : seqSchema.parse(text));

function asked(c: Context<AppEnv>): Asked {
  const one = c.req.query();
  const project = projectNameSchema.safeParse(one.project);
  return {
    chosen: [...new Set((c.req.queries('category') ?? []).filter(isCategory))],
    project: project.success ? project.data : undefined,
    path: one.path === undefined || one.path === '' ? undefined : one.path.slice(0, 4096),
    before: seq(one.before),
    after: seq(one.after),
    open: seq(one.open),
  };
}

const eventsUrl = (state: Partial<Asked>): string =>
  withQuery('/events', {
    category: state.chosen ?? [],
    project: state.project,
    path: state.path,
    before: state.before,
    after: state.after,
    open: state.open,
  });

function queryOf(state: Asked, limit: number, cursor: { before?: number; after?: number }): EventQuery {
  const types = typesOf(state.chosen);
  return {
    limit,
    ...cursor,
    ...(types === undefined ? {} : { types }),
    ...(state.project === undefined ? {} : { project: state.project }),
    ...(state.path === undefined ? {} : { path: state.path }),
  };
}

export const eventRoutes = new Hono<AppEnv>().get('/events', eventsPage).get('/events/live', (c) => {
  const state = asked(c);
  const paused = c.req.query('paused') !== undefined;
  const flush = paused ? countFlush(c, state) : feedFlush(c, state);
  return liveStream(c, [{ kind: 'events' }], flush);
});

async function eventsPage(c: Context<AppEnv>): Promise<Response> {
  const state = asked(c);
  const { queries } = c.get('services');
  const cursor = {
    ...(state.before === undefined ? {} : { before: state.before }),
    ...(state.after === undefined ? {} : { after: state.after }),
  };
  const [window, projects, drawer] = await Promise.all([
    queries.events(queryOf(state, WINDOW_ROWS, cursor)),
    queries.projects(),
    drawerPart(queries, state),
  ]);
  return sendPage(c, {
    title: 'Events',
    section: 'events',
    crumbs: [{ text: 'Events' }],
    live: state.before === undefined ? { mark: markOf(state) } : { still: 'older events' },
    trouble: partHtml(troublePart(queries)),
    view: (
      <>
        <header class="head" id="events-head">
          <h1>Events</h1>
          <FeedControls state={state} />
        </header>
        <Filters state={state} projects={projects.map(({ name }) => name)} />
        <div class="split">
          <div class="split-main">
            <table id="events" class="grid" data-head={window.head} data-max-rows={WINDOW_ROWS}>
              <thead>
                <tr>
                  <th scope="col" class="cell-clock">
                    Time
                  </th>
                  <th scope="col" class="cell-kind">
                    What
                  </th>
                  <th scope="col">Subject</th>
                  <th scope="col" class="cell-project">
                    Project
                  </th>
                  <th scope="col" class="cell-actor">
                    By
                  </th>
                </tr>
              </thead>
              {partHtml(rowsPart(state, window.rows))}
            </table>
            <NoEvents state={state} />
            <Older state={state} window={window} />
          </div>
          {partHtml(drawer)}
        </div>
      </>
    ),
  });
}

/** The word for what the rows of a window depend on: a stream with the same word goes on from the newest row. */
const markOf = (state: Asked): string => eventsUrl({ ...state, open: undefined });

/** First all that the tab lacks, then only what is new. */
function feedFlush(c: Context<AppEnv>, state: Asked): Flush {
  const { queries } = c.get('services');
  const tab = new TabParts();
  const resumed = c.req.query('have') === markOf(state) ? seq(c.req.query('from')) : undefined;
  let newest = resumed ?? state.after;
  return async () => {
    const cursor = newest === undefined ? {} : { after: newest };
    const [window, drawer] = await Promise.all([
      queries.events(queryOf(state, WINDOW_ROWS, cursor)),
      drawerPart(queries, state),
    ]);
    const fixed = tab.patch([troublePart(queries), drawer]);
    // As many as a window holds: there may be more between, so the window is replaced.
    const whole = newest === undefined || newest === state.after || window.rows.length >= WINDOW_ROWS;
    newest = Math.max(newest ?? 0, window.rows[0]?.seq ?? newest ?? window.head);
    if (whole) return fixed + mergeFragments(String(partHtml(rowsPart(state, window.rows))));
    if (window.rows.length === 0) return fixed;
    return fixed + prepended(state, window.rows);
  };
}

/** The client puts each root first in turn, so the oldest goes first. */
function prepended(state: Asked, rows: readonly EventRow[]): string {
  const html = rows.map((row) => rowHtml(state, row)).reverse();
  return mergeFragments(html.join(''), { selector: '#event-rows', mode: 'prepend' });
}

/** A paused tab hears only how much it holds back. */
function countFlush(c: Context<AppEnv>, state: Asked): Flush {
  const { queries } = c.get('services');
  const after = seq(c.req.query('from')) ?? 0;
  let said = -1;
  const tab = new TabParts();
  return async () => {
    const window = await queries.events(queryOf(state, WINDOW_ROWS, { after }));
    const fixed = tab.patch([troublePart(queries), await drawerPart(queries, state)]);
    if (window.rows.length === said) return fixed;
    said = window.rows.length;
    return fixed + freshCount(said, said >= WINDOW_ROWS);
  };
}

const rowsPart = (state: Asked, rows: readonly EventRow[]): List => ({
  kind: 'list',
  tag: 'tbody',
  id: 'event-rows',
  rows: rows.map((row) => ({ id: `e-${row.seq}`, html: rowHtml(state, row) })),
});

const kept = new Remembered<string>(MAX_ROWS_KEPT);

/** Rendered once for every filter that readers use; the filter is in the row's own link. */
function rowHtml(state: Asked, row: EventRow): string {
  const key = `${row.event.id} ${row.seq} ${markOf(state)}`;
  return kept.of(key, () => patchable(<EventLine state={state} row={row} />));
}

function EventLine({ state, row }: { state: Asked; row: EventRow }) {
  const { event } = row;
  const look = lookOf(event.type);
  const text = eventText(event);
  return (
    <tr
      id={`e-${row.seq}`}
      data-seq={row.seq}
      data-category={look.category}
      data-type={event.type}
      data-row=""
      tabindex={-1}
    >
      <td class="cell-clock num">
        <a href={eventsUrl({ ...state, open: row.seq })} data-soft="" data-open="" tabindex={-1}>
          <When at={Date.parse(event.ts)} as="clock" />
        </a>
      </td>
      <td class="cell-kind">
        <CategoryChip
          category={look.category}
          icon={categoryLooks[look.category].icon}
          word={look.word}
          severity={look.severity}
        />
      </td>
      <td class="cell-subject">
        <span class="mono subject">
          {text.path !== undefined && event.project !== undefined ? (
            <a href={plainFileUrl(event.project, text.path)}>{text.subject}</a>
          ) : (
            text.subject
          )}
        </span>
        {text.detail === '' ? null : (
          <span class="muted num detail">
            <VisibleText value={text.detail} />
          </span>
        )}
      </td>
      <td class="cell-project">{event.project ?? <span class="muted">–</span>}</td>
      <td class="cell-actor muted">
        <VisibleText value={event.actor.id} />
      </td>
    </tr>
  );
}

function FeedControls({ state }: { state: Asked }) {
  if (state.before !== undefined) {
    return (
      <p class="feed-controls">
        <a class="button" href={eventsUrl({ ...state, before: undefined, open: undefined })}>
          <Icon name="arrow-up-to-line" />
          Back to live
        </a>
      </p>
    );
  }
  return (
    <p class="feed-controls js-only">
      <button type="button" class="button button-fresh" id="feed-fresh" data-act="resume" hidden />
      <button
        type="button"
        class="button"
        id="feed-pause"
        data-act="pause"
        aria-pressed="false"
        aria-keyshortcuts="Space"
      >
        <span class="when-live">
          <Icon name="pause" />
          Pause
        </span>
        <span class="when-paused">
          <Icon name="play" />
          Resume
        </span>
      </button>
    </p>
  );
}

function Filters({ state, projects }: { state: Asked; projects: readonly ProjectName[] }) {
  const start = { ...state, before: undefined, after: undefined, open: undefined };
  return (
    <div class="filters">
      <ul class="filter-chips" aria-label="Categories">
        {categories.map((category) => {
          const on = state.chosen.includes(category);
          const chosen = on ? state.chosen.filter((other) => other !== category) : [...state.chosen, category];
          return (
            <li>
              <a
                class={`filter-chip cat-${category}`}
                href={eventsUrl({ ...start, chosen })}
                aria-current={on ? 'true' : undefined}
              >
                <Icon name={categoryLooks[category].icon} />
                {categoryLooks[category].word}
              </a>
            </li>
          );
        })}
      </ul>
      <form method="get" action="/events" class="filter-form">
        {state.chosen.map((category) => (
          <input type="hidden" name="category" value={category} />
        ))}
        <select name="project" aria-label="Project" data-act="submit">
          <option value="">All projects</option>
          {projects.map((name) => (
            <option value={name} selected={name === state.project}>
              {name}
            </option>
          ))}
        </select>
        <span class="search">
          <Icon name="search" />
          <input
            type="search"
            name="path"
            value={state.path}
            placeholder="Filter by path"
            aria-label="Filter by path"
            autocomplete="off"
            spellcheck={false}
            data-search=""
          />
          <span class="kbd" aria-hidden="true">
            /
          </span>
        </span>
        <button type="submit" class="button no-js-only">
          Apply
        </button>
      </form>
      {isFiltered(state) ? (
        <a class="clear" href="/events">
          <Icon name="x" />
          Clear
        </a>
      ) : null}
    </div>
  );
}

const isFiltered = (state: Asked): boolean =>
  state.chosen.length > 0 || state.project !== undefined || state.path !== undefined || state.after !== undefined;

/** In the page always, shown by the style sheet while the table is empty: rows may come and go without a reload. */
function NoEvents({ state }: { state: Asked }) {
  return (
    <div class="if-empty">
      {isFiltered(state) ? (
        <EmptyState icon="search" title="No event matches">
          <p>Matching events appear here as they happen.</p>
          <p>
            <a class="button" href="/events">
              Clear the filter
            </a>
          </p>
        </EmptyState>
      ) : (
        <EmptyState icon="activity" title="Waiting for the first event">
          <p>Save a file in a workspace on any node: what happens to it appears here.</p>
        </EmptyState>
      )}
    </div>
  );
}

function Older({ state, window }: { state: Asked; window: EventWindow }) {
  const last = window.rows.at(-1);
  if (!window.hasOlder || !last) return null;
  return (
    <p class="pager">
      <a class="button" href={eventsUrl({ ...state, after: undefined, open: undefined, before: last.seq })} rel="next">
        Older
        <Icon name="chevron-right" />
      </a>
    </p>
  );
}

async function drawerPart(queries: Queries, state: Asked): Promise<Block> {
  if (state.open === undefined) return block('drawer', <div id="drawer" />);
  const { rows } = await queries.events({ before: state.open + 1, limit: 1 });
  const row = rows.find((found) => found.seq === state.open);
  return block('drawer', row ? <Drawer state={state} row={row} /> : <LostDrawer state={state} seq={state.open} />);
}

function Drawer({ state, row }: { state: Asked; row: EventRow }) {
  const { event } = row;
  const look = lookOf(event.type);
  const text = eventText(event);
  const json = JSON.stringify(event, null, 2);
  return (
    <aside id="drawer" class="pane" aria-label={`Event ${row.seq}`}>
      <header>
        <CategoryChip
          category={look.category}
          icon={categoryLooks[look.category].icon}
          word={look.word}
          severity={look.severity}
        />
        <h2 class="num">Event {row.seq}</h2>
        <CloseLink state={state} />
      </header>
      <p class="drawer-subject mono">{text.subject}</p>
      {text.detail === '' ? null : (
        <p class="muted">
          <VisibleText value={text.detail} />
        </p>
      )}
      <dl class="facts">
        <div>
          <dt>Type</dt>
          <dd>
            <code>{event.type}</code>
          </dd>
        </div>
        <div>
          <dt>Time</dt>
          <dd>
            <When at={Date.parse(event.ts)} as="date" />
          </dd>
        </div>
        <div>
          <dt>By</dt>
          <dd>
            {event.actor.kind} <VisibleText value={event.actor.id} />
          </dd>
        </div>
        <div>
          <dt>Cursor</dt>
          <dd>
            <code class="num">{row.seq}</code>
            <CopyButton value={String(row.seq)} label="Copy cursor" />
          </dd>
        </div>
      </dl>
      <p class="pane-actions">
        {text.path !== undefined && event.project !== undefined ? (
          <>
            <a class="button" href={plainFileUrl(event.project, text.path)}>
              <Icon name="file" />
              Open file
            </a>
            <a class="button" href={eventsUrl({ project: event.project, path: text.path })}>
              <Icon name="activity" />
              Activity of this path
            </a>
          </>
        ) : null}
        <a class="button" href={eventsUrl({ ...state, open: undefined, before: undefined, after: row.seq })}>
          Newer than this
        </a>
      </p>
      <figure class="preview preview-text" aria-label="The event as JSON">
        <pre tabindex={0}>{`\n${json.split('\n').map(visible).join('\n')}`}</pre>
        <CopyButton value={json} label="Copy JSON" />
      </figure>
    </aside>
  );
}

function LostDrawer({ state, seq: lost }: { state: Asked; seq: number }) {
  return (
    <aside id="drawer" class="pane" aria-label={`Event ${lost}`}>
      <header>
        <h2 class="num">Event {lost}</h2>
        <CloseLink state={state} />
      </header>
      <p>This event is not kept any more, or it has not happened yet.</p>
    </aside>
  );
}

function CloseLink({ state }: { state: Asked }) {
  return (
    <a
      class="icon-button"
      href={eventsUrl({ ...state, open: undefined })}
      data-soft=""
      data-close=""
      aria-label="Close"
      title="Close (Esc)"
    >
      <Icon name="x" />
    </a>
  );
}
