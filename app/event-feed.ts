// The live streams of the events screen: one that keeps the window up to date by what is new, one for a paused tab.
import type { Context } from 'hono';
import type { AppEnv } from './context.ts';
import { drawerPart } from './event-drawer.tsx';
import { type Asked, markOf, queryOf, seq, WINDOW_ROWS } from './event-query.ts';
import { rowHtml, rowsPart } from './event-rows.tsx';
import type { EventRow } from './event-view.ts';
import type { Flush } from './live.ts';
import { partHtml, TabParts } from './parts.ts';
import { freshCount, mergeFragments } from './sse.ts';
import { troublePart } from './trouble.tsx';

/** First all that the tab lacks, then only what is new. */
export function feedFlush(c: Context<AppEnv>, state: Asked): Flush {
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
export function countFlush(c: Context<AppEnv>, state: Asked): Flush {
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
