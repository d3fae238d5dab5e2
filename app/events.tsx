// Events: the newest 500, live, newest first. The address says the filter, the cursor and the open event, so a link shows a
// colleague the same window: one with a cursor stands still, and pausing is putting the cursor into the address.
import { type Context, Hono } from 'hono';
import { EmptyState } from '../components/empty-state.tsx';
import { formatCount, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import type { AppEnv, Queries } from './context.ts';
import { drawerPart } from './event-drawer.tsx';
import { countFlush, feedFlush } from './event-feed.ts';
import { EventFilters } from './event-filters.tsx';
import { type Asked, asked, eventsUrl, isFiltered, markOf, queryOf, WINDOW_ROWS, windowQuery } from './event-query.ts';
import { rowsPart } from './event-rows.tsx';
import type { EventWindow } from './event-view.ts';
import { liveStream } from './live.ts';
import { sendPage } from './page.tsx';
import { partHtml } from './parts.ts';
import { troublePart } from './trouble.tsx';
import { withQuery } from './url.ts';

export const eventRoutes = new Hono<AppEnv>().get('/events', eventsPage).get('/events/live', (c) => {
  const state = asked(c);
  const isPaused = state.at !== undefined || c.req.query('paused') !== undefined;
  return liveStream(c, [{ kind: 'events' }], isPaused ? countFlush(c, state) : feedFlush(c, state));
});

async function eventsPage(c: Context<AppEnv>): Promise<Response> {
  const state = asked(c);
  const { queries } = c.get('services');
  const time = Date.parse(c.req.query('time') ?? '');
  if (!Number.isNaN(time)) return c.redirect(eventsUrl({ ...state, at: await seqAt(queries, time) }), 303);
  const [window, newer, projects, actors, drawer] = await Promise.all([
    queries.events(windowQuery(state)),
    state.at === undefined
      ? undefined
      : queries.events(queryOf(state, WINDOW_ROWS, { after: state.at, oldestFirst: true })),
    queries.projects(),
    queries.actors(),
    drawerPart(queries, state),
  ]);
  return sendPage(c, {
    title: 'Events',
    section: 'events',
    crumbs: [{ text: 'Events' }],
    live: { mark: markOf(state) },
    trouble: partHtml(troublePart(queries)),
    view: (
      <>
        <header class="head" id="events-head">
          <h1>Events</h1>
          <FeedControls state={state} window={window} newer={newer} />
        </header>
        <EventFilters state={state} projects={projects.map(({ name }) => name)} actors={actors} />
        <Expired state={state} window={window} oldestAt={await oldestAt(queries, state, window)} />
        <div class="split">
          <div class="split-main">
            <table id="events" class="grid feed" data-head={state.at ?? window.head} data-max-rows={WINDOW_ROWS}>
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
            <Pager state={state} window={window} newer={newer} />
          </div>
          {partHtml(drawer)}
        </div>
      </>
    ),
  });
}

/** The newest event before that moment, or the oldest that is kept: what happened then stands at the top. */
async function seqAt(queries: Queries, time: number): Promise<number | undefined> {
  const next = await queries.firstEventAt(time + 1);
  return next === undefined ? undefined : Math.max(1, next - 1);
}

interface Windows {
  readonly state: Asked;
  readonly window: EventWindow;
  /** what came after a window that stands still: the oldest of it */
  readonly newer: EventWindow | undefined;
}

/** Works as links; the script pauses and resumes in place. */
function FeedControls({ state, window, newer }: Windows) {
  const top = window.rows[0]?.seq ?? window.head;
  const fresh = newer && newer.rows.length > 0 ? `${newer.rows.length}${newer.hasNewer ? '+' : ''} new ↑` : '';
  const live = eventsUrl({ ...state, at: undefined });
  return (
    <p class="feed-controls">
      <span class="muted" id="feed-why" data-held={state.at === undefined ? '' : 'you'}>
        {state.at === undefined ? '' : `Paused at event ${formatCount(state.at)}`}
      </span>
      <a class="button button-fresh" id="feed-fresh" href={live} data-act="resume" hidden={fresh === ''}>
        {fresh}
      </a>
      <a
        class="button"
        id="feed-pause"
        href={state.at === undefined ? eventsUrl({ ...state, at: top }) : live}
        data-act="pause"
        data-paused={state.at === undefined ? 'no' : 'yes'}
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
      </a>
    </p>
  );
}

/** A cursor that leads to nothing: what is kept, and the way there. */
function Expired({
  state,
  window,
  oldestAt: at,
}: Pick<Windows, 'state' | 'window'> & { oldestAt: number | undefined }) {
  const { oldest, head } = window;
  const { at: cursor, after } = state;
  const isBefore =
    oldest > 0 && ((cursor !== undefined && cursor < oldest) || (after !== undefined && after + 1 < oldest));
  const isAhead = cursor !== undefined && cursor > head;
  if (!isBefore && !isAhead) return null;
  return (
    <p class="notice notice-warn" id="expired">
      <Icon name="clock" />
      <span>
        {isAhead
          ? `Event ${formatCount(cursor)} has not happened yet; the newest is ${formatCount(head)}. `
          : `Event ${formatCount(cursor ?? after ?? 0)} is not kept any more; the oldest that is kept is ${formatCount(oldest)}. `}
        {isAhead ? (
          <a href={eventsUrl({ ...state, at: undefined })}>Show the newest</a>
        ) : (
          <a href={eventsUrl({ ...state, after: undefined, at: at ?? head })}>Show the oldest</a>
        )}
      </span>
    </p>
  );
}

/** The cursor of the window whose last row is the oldest event that is kept. */
async function oldestAt(queries: Queries, state: Asked, { oldest }: EventWindow): Promise<number | undefined> {
  if ((state.at ?? state.after ?? oldest) >= oldest) return undefined;
  const { rows } = await queries.events(queryOf(state, WINDOW_ROWS, { after: 0, oldestFirst: true }));
  return rows[0]?.seq;
}

/** In the page always, shown by the style sheet while the table is empty: rows may come and go without a reload. */
function NoEvents({ state }: { state: Asked }) {
  return (
    <div class="if-empty">
      {isFiltered(state) || state.at !== undefined ? (
        <EmptyState icon="search" title="No event matches">
          {state.path === undefined ? null : (
            <p>The filter wants the whole path of a file or folder, from the top of its project.</p>
          )}
          <p>{state.at === undefined ? 'Matching events appear here as they happen.' : 'None so far back.'}</p>
          <p>
            <a class="button" href="/events">
              Clear the filter
            </a>{' '}
            {state.path === undefined ? null : (
              <a class="button" href={withQuery('/find', { q: state.path, in: state.project })}>
                <Icon name="search" />
                Search paths for it
              </a>
            )}
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

/** The script keeps the way to the older ones at the last row that is shown. */
function Pager({ state, window, newer }: Windows) {
  const last = window.rows.at(-1);
  const step = { ...state, open: undefined };
  const newest = newer?.rows[0]?.seq;
  return (
    <p class="pager">
      {newest === undefined ? null : (
        <a class="button" href={eventsUrl({ ...step, at: newer?.hasNewer ? newest : undefined })} rel="prev">
          <Icon name="arrow-up" />
          Newer
        </a>
      )}
      <a
        class="button"
        id="events-older"
        href={eventsUrl({ ...step, at: Math.max(0, (last?.seq ?? 1) - 1) })}
        rel="next"
        hidden={!window.hasOlder}
      >
        Older
        <Icon name="chevron-right" />
      </a>
      {window.head === 0 ? null : <span class="muted num">{plural(window.head, 'event')} so far</span>}
    </p>
  );
}
