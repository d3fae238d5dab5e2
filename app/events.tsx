// Events: the newest 500, live, newest first. The address says the filter, the open event and the cursor, so a link
// shows a colleague the same window.
import { type Context, Hono } from 'hono';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon } from '../components/icon.tsx';
import { SearchField } from '../components/search-field.tsx';
import type { ProjectName } from '../core/model/ids.ts';
import { categories, categoryLooks } from './category.ts';
import type { AppEnv } from './context.ts';
import { drawerPart } from './event-drawer.tsx';
import { countFlush, feedFlush } from './event-feed.ts';
import { type Asked, asked, eventsUrl, isFiltered, markOf, queryOf, WINDOW_ROWS } from './event-query.ts';
import { rowsPart } from './event-rows.tsx';
import type { EventWindow } from './event-view.ts';
import { liveStream } from './live.ts';
import { sendPage } from './page.tsx';
import { partHtml } from './parts.ts';
import { troublePart } from './trouble.tsx';

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
          <SearchField name="path" label="Filter by path" value={state.path} />
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
