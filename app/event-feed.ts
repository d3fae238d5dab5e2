// The live streams of the events screen: one that keeps the window up to date by what is new, one for a paused tab.
import type { Context } from 'hono';
import type { AppEnv, Queries } from './context.ts';
import { drawerPart } from './event-drawer.tsx';
import { type Asked, markOf, queryOf, seq, WINDOW_ROWS } from './event-query.ts';
import { gapHtml, rowsHtml, rowsPart } from './event-rows.tsx';
import type { EventRow, EventWindow } from './event-view.ts';
import type { Flush } from './live.ts';
import { onceATurn } from './once-a-turn.ts';
import { partHtml, TabParts } from './parts.ts';
import { freshCount, mergeFragments } from './sse.ts';
import { troublePart } from './trouble.tsx';

/** First all that the tab lacks, then only what is new. */
export function feedFlush(c: Context<AppEnv>, state: Asked): Flush {
  const { queries } = c.get('services');
  const tab = new TabParts();
  const key = JSON.stringify(state);
  /** the newest row that the tab has; undefined: none, so it gets the window */
  let newest = c.req.query('have') === markOf(state) ? seq(c.req.query('from')) : undefined;
  /** when the tab lost its line, by its own clock: said once, between what it had and what it lacked */
  let lostAt = seq(c.req.query('lost'));
  /** of the last flush */
  let nameless: readonly EventRow[] = [];
  return async () => {
    const since = Math.max(newest ?? 0, state.after ?? 0);
    const [{ window, rows }, drawer] = await onceATurn(c.get('services'), `feed ${key} ${since}`, () =>
      Promise.all([newRows(queries, state, since), drawerPart(queries, state)]),
    );
    const fixed = tab.patch([troublePart(queries), drawer]);
    if (newest !== undefined && newest > window.head) {
      // The stream is another one, or was set back: what the tab has is not of it.
      newest = undefined;
      return fixed + whole(state, await queries.events(queryOf(state, WINDOW_ROWS, {})), '');
    }
    const gap = lostAt === undefined ? '' : gapHtml(since, lostAt, window);
    lostAt = undefined;
    const isWhole = newest === undefined || window.hasOlder;
    newest = window.rows[0]?.seq ?? newest ?? window.head;
    if (isWhole) {
      nameless = window.rows.filter(isNameless);
      return fixed + whole(state, window, gap);
    }
    const named = await renamed(c, key, state, nameless);
    nameless = window.rows.filter(isNameless);
    return fixed + named + (gap === '' ? rows : prepended(state, window.rows, gap));
  };
}

/** @returns what is after `since`, and the patch that shows it above that */
async function newRows(queries: Queries, state: Asked, since: number) {
  const window = await queries.events(queryOf(state, WINDOW_ROWS, { after: since }));
  return { window, rows: since === 0 || window.hasOlder ? '' : prepended(state, window.rows, '') };
}

const whole = (state: Asked, window: EventWindow, gap: string): string =>
  mergeFragments(String(partHtml(rowsPart(state, window.rows))).replace(/<\/tbody>$/, `${gap}$&`));

/** The client puts each root first in turn, so the oldest goes first. */
function prepended(state: Asked, rows: readonly EventRow[], gap: string): string {
  const html = rowsHtml(state, rows).reverse();
  const all = [gap, ...html].join('');
  return all === '' ? '' : mergeFragments(all, { selector: '#event-rows', mode: 'prepend' });
}

/** An object is told of before the file that has it, so its row may have come without a name: it is looked at once more. */
async function renamed(c: Context<AppEnv>, key: string, state: Asked, nameless: readonly EventRow[]): Promise<string> {
  const seqs = nameless.map(({ seq }) => seq);
  if (seqs.length === 0) return '';
  const span = { after: Math.min(...seqs) - 1, before: Math.max(...seqs) + 1 };
  const services = c.get('services');
  return onceATurn(services, `names ${key} ${seqs}`, async () => {
    const { rows } = await services.queries.events(queryOf(state, WINDOW_ROWS, span));
    const known = new Set(seqs);
    const found = rows.filter((row) => row.name !== undefined && known.has(row.seq));
    const html = rowsHtml(state, found);
    return html.length === 0 ? '' : mergeFragments(html.join(''));
  });
}

const isNameless = ({ name, event }: EventRow): boolean => name === undefined && 'sha' in event.payload;

/** A paused tab hears only how much it holds back. */
export function countFlush(c: Context<AppEnv>, state: Asked): Flush {
  const { queries } = c.get('services');
  const after = seq(c.req.query('from')) ?? 0;
  let said = '';
  const tab = new TabParts();
  return async () => {
    const window = await queries.events(queryOf(state, WINDOW_ROWS, { after }));
    const fixed = tab.patch([troublePart(queries), await drawerPart(queries, state)]);
    const count = freshCount(window.rows.length, window.hasOlder);
    if (count === said) return fixed;
    said = count;
    return fixed + count;
  };
}
