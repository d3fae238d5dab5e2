// The live streams of the events screen: one that keeps the window up to date by what is new, one for a paused tab.
import type { Context } from 'hono';
import type { AppEnv, Queries } from './context.ts';
import { drawerPart } from './event-drawer.tsx';
import { type Asked, markOf, queryOf, seq, WINDOW_ROWS } from './event-query.ts';
import { gapHtml, rowsHtml, rowsPart } from './event-rows.tsx';
import type { EventRow, EventWindow } from './event-view.ts';
import type { Flush } from './live.ts';
import { onceATurn } from './once-a-turn.ts';
import { fingerprint, partHtml, TabParts } from './parts.ts';
import { freshCount, mergeFragments } from './sse.ts';
import { troublePart } from './trouble.tsx';

/** What a tab has on its screen. It never changes: tabs that have the same share one, and the step to what they get next. */
interface Shown {
  /** all of it, as a key */
  readonly word: string;
  /** the newest row; undefined: none, so it gets the window */
  readonly newest: number | undefined;
  /** when the tab lost its line, by its own clock: said once, between what it had and what it lacked */
  readonly lostAt: number | undefined;
  /** rows that came without a name, in the last step */
  readonly nameless: readonly number[];
  /** the blocks beside the rows, as they were sent; '' before that */
  readonly trouble: string;
  readonly drawer: string;
}

const shown = (has: Omit<Shown, 'word'>): Shown => {
  const { newest, lostAt, nameless, trouble, drawer } = has;
  return { ...has, word: `${newest} ${lostAt} ${nameless} ${fingerprint(trouble)} ${fingerprint(drawer)}` };
};

interface Step {
  readonly patch: string;
  readonly then: Shown;
}

/** First all that the tab lacks, then only what is new. */
export function feedFlush(c: Context<AppEnv>, state: Asked): Flush {
  const services = c.get('services');
  const filter = JSON.stringify(state);
  let has = shown({
    newest: c.req.query('have') === markOf(state) ? seq(c.req.query('from')) : undefined,
    lostAt: seq(c.req.query('lost')),
    nameless: [],
    trouble: '',
    drawer: '',
  });
  return async () => {
    const { patch, then } = await onceATurn(services, `feed ${filter} ${has.word}`, () =>
      step(services.queries, state, has),
    );
    has = then;
    return patch;
  };
}

async function step(queries: Queries, state: Asked, has: Shown): Promise<Step> {
  const since = Math.max(has.newest ?? 0, state.after ?? 0);
  const [window, drawerNow] = await Promise.all([
    queries.events(queryOf(state, WINDOW_ROWS, { after: since })),
    drawerPart(queries, state),
  ]);
  const [trouble, drawer] = [troublePart(queries).html, drawerNow.html];
  const fixed = [trouble === has.trouble ? '' : trouble, drawer === has.drawer ? '' : drawer];
  const blocks = fixed.map((html) => (html === '' ? '' : mergeFragments(html))).join('');
  if (has.newest !== undefined && has.newest > window.head) {
    // The stream is another one, or was set back: what the tab has is not of it.
    const all = await queries.events(queryOf(state, WINDOW_ROWS, {}));
    const then = shown({ ...has, newest: all.rows[0]?.seq ?? all.head, nameless: [], trouble, drawer });
    return { patch: blocks + whole(state, all, ''), then };
  }
  const gap = has.lostAt === undefined ? '' : gapHtml(since, has.lostAt, window);
  const isWhole = has.newest === undefined || window.hasOlder;
  const rows = isWhole
    ? whole(state, window, gap)
    : (await renamed(queries, state, has.nameless)) + prepended(state, window.rows, gap);
  const then = shown({
    newest: window.rows[0]?.seq ?? has.newest ?? window.head,
    lostAt: undefined,
    nameless: window.rows.filter(isNameless).map((row) => row.seq),
    trouble,
    drawer,
  });
  return { patch: blocks + rows, then };
}

const whole = (state: Asked, window: EventWindow, gap: string): string =>
  mergeFragments(String(partHtml(rowsPart(state, window.rows))).replace(/<\/tbody>$/, `${gap}$&`));

/** The client puts each root first in turn, so the oldest goes first. */
function prepended(state: Asked, rows: readonly EventRow[], gap: string): string {
  const all = [gap, ...rowsHtml(state, rows).reverse()].join('');
  return all === '' ? '' : mergeFragments(all, { selector: '#event-rows', mode: 'prepend' });
}

/** An object is told of before the file that has it, so its row may have come without a name: it is looked at once more. */
async function renamed(queries: Queries, state: Asked, nameless: readonly number[]): Promise<string> {
  if (nameless.length === 0) return '';
  const span = { after: Math.min(...nameless) - 1, before: Math.max(...nameless) + 1 };
  const { rows } = await queries.events(queryOf(state, WINDOW_ROWS, span));
  const known = new Set(nameless);
  const html = rowsHtml(
    state,
    rows.filter((row) => row.name !== undefined && known.has(row.seq)),
  );
  return html.length === 0 ? '' : mergeFragments(html.join(''));
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
