// Metrics: what the system did in the last minutes, hours or days. Each plot is drawn here and has its numbers in a table
// below it; the page's script only adds the cursor that goes through all of them in step.
import { type Context, Hono } from 'hono';
import { EmptyState } from '../components/empty-state.tsx';
import { plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { Plot, type PlotLine, type PlotProps } from '../components/plot.tsx';
import { When } from '../components/when.tsx';
import { isoTime } from '../core/model/clock.ts';
import type { AppEnv } from './context.ts';
import { live } from './live.ts';
import { foldPoints, stepOf } from './metrics-fold.ts';
import { axisOf, linesOf, type PlotKind, plots, type Window } from './metrics-plots.ts';
import type { MetricPoint, MetricsHistory } from './metrics-view.ts';
import { sendPage } from './page.tsx';
import { type Block, block, markOf, type Part, partHtml } from './parts.ts';
import { troublePart } from './trouble.tsx';
import { eventsAtUrl, metricsUrl, withQuery } from './url.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A sample is taken every 15 s: more than two that are missing are told. */
const SAMPLE_MS = 15_000;
const STALE_MS = 3 * SAMPLE_MS;

interface Range {
  readonly name: string;
  readonly words: string;
  readonly ms: number;
  /** of a point on the plots */
  readonly stepMs: number;
  readonly tickMs: number;
  /** of a row of the tables */
  readonly rowMs: number;
}

const RANGES: readonly Range[] = [
  { name: '15m', words: '15 min', ms: 15 * MINUTE, stepMs: SAMPLE_MS, tickMs: 3 * MINUTE, rowMs: MINUTE },
  { name: '1h', words: '1 h', ms: HOUR, stepMs: 2 * SAMPLE_MS, tickMs: 10 * MINUTE, rowMs: 5 * MINUTE },
  { name: '24h', words: '24 h', ms: DAY, stepMs: 10 * MINUTE, tickMs: 4 * HOUR, rowMs: HOUR },
  { name: '7d', words: '7 d', ms: 7 * DAY, stepMs: HOUR, tickMs: DAY, rowMs: 6 * HOUR },
];
const USUAL = '1h';

export const metricsRoutes = new Hono<AppEnv>()
  .get('/metrics-view', page)
  .get('/metrics-view/live', (c) => live(c, [{ kind: 'metrics' }], async () => (await load(c)).all))
  .get('/metrics-view/events', eventsAt);

/** What an address does not say, or says wrong, is the usual. */
function rangeIn(c: Context<AppEnv>): Range {
  const asked = c.req.query('range') ?? USUAL;
  const found = RANGES.find(({ name }) => name === asked) ?? RANGES.find(({ name }) => name === USUAL);
  return found ?? (RANGES[0] as Range);
}

async function page(c: Context<AppEnv>): Promise<Response> {
  const parts = await load(c);
  return sendPage(c, {
    title: 'Metrics',
    section: 'metrics',
    crumbs: [{ text: 'Metrics' }],
    live: { mark: markOf(parts.all) },
    trouble: partHtml(parts.trouble),
    view: (
      <>
        <header class="head">
          <div class="head-words">
            <h1>Metrics</h1>
          </div>
          {partHtml(parts.ranges)}
        </header>
        {partHtml(parts.notes)}
        <div class="plots">
          {parts.plots.map(({ kind, head, lines, rows }) => (
            <section class="plot" aria-labelledby={`plot-${kind.id}`}>
              {partHtml(head)}
              <div class="plot-place">
                {partHtml(lines)}
                <button
                  type="button"
                  class="plot-hit js-only"
                  aria-label={`${kind.title}: arrow keys move through time, Enter opens the events of that moment`}
                >
                  <span class="plot-hair" hidden>
                    <span class="plot-moment" />
                  </span>
                </button>
              </div>
              {/* Open or not is the reader's: only what is inside is patched. */}
              <details class="plot-table">
                <summary>
                  <Icon name="chevron-right" />
                  Table<span class="unseen"> of {kind.title}</span>
                </summary>
                {partHtml(rows)}
              </details>
            </section>
          ))}
        </div>
        <p id="plot-said" class="unseen" role="status" />
      </>
    ),
  });
}

interface PlotParts {
  readonly kind: PlotKind;
  readonly head: Block;
  readonly lines: Block;
  readonly rows: Block;
}

async function load(c: Context<AppEnv>) {
  const { queries } = c.get('services');
  const range = rangeIn(c);
  const now = queries.now();
  const to = stepOf(now, range.stepMs) + range.stepMs;
  const window: Window = { from: to - range.ms, to, stepMs: range.stepMs };
  const history = await queries.metrics(window);
  const trouble = troublePart(queries);
  const ranges = block('ranges', <Ranges chosen={range} />);
  const notes = block('plot-notes', <Notes history={history} window={window} now={now} />);
  const each = plots.map((kind) => plotParts(kind, history.points, window, range));
  const all: readonly Part[] = [
    trouble,
    ranges,
    notes,
    ...each.flatMap(({ head, lines, rows }) => [head, lines, rows]),
  ];
  return { trouble, ranges, notes, plots: each, all };
}

function plotParts(kind: PlotKind, points: readonly MetricPoint[], window: Window, range: Range): PlotParts {
  const lines = linesOf(kind, points, window);
  const newest = Math.round(((points.at(-1)?.at ?? window.from) - window.from) / window.stepMs);
  const { top, ticks } = axisOf(lines, kind.unit);
  const isQuiet = points.length > 0 && lines.every(({ values }) => values.every((value) => value === undefined));
  const plot: PlotProps = {
    label: `${kind.title}, the last ${range.words}: ${lines.map((line) => summaryOf(line, newest)).join('; ')}`,
    lines,
    top,
    ticks,
    times: timesIn(window, range),
    gaps: gapsIn(points, window).map(({ from, to }) => ({ from: shareOf(from, window), to: shareOf(to, window) })),
    from: window.from,
    stepMs: window.stepMs,
    quiet: isQuiet ? kind.quiet : undefined,
  };
  return {
    kind,
    head: block(`head-${kind.id}`, <Head kind={kind} lines={lines} newest={newest} />),
    lines: block(
      `lines-${kind.id}`,
      <div class="plot-frame" id={`lines-${kind.id}`}>
        <Plot {...plot} />
      </div>,
    ),
    rows: block(`rows-${kind.id}`, <Rows kind={kind} points={foldPoints(points, range.rowMs)} range={range} />),
  };
}

/** At the newest sample: what was measured last may be long ago. */
const lastOf = ({ texts }: PlotLine, newest: number): string => texts[newest] ?? '–';

function summaryOf(line: PlotLine, newest: number): string {
  const most = line.values.reduce<number>(
    (best, value, i) => ((value ?? -1) > (line.values[best] ?? -1) ? i : best),
    0,
  );
  return `${line.label} ${lastOf(line, newest)} now, at most ${line.texts[most] ?? '–'}`;
}

function Ranges({ chosen }: { chosen: Range }) {
  return (
    <nav class="ranges" id="ranges" aria-label="Time shown">
      {RANGES.map(({ name, words }) => (
        <a href={metricsUrl({ range: name })} aria-current={name === chosen.name ? 'true' : undefined} data-soft="">
          {words}
        </a>
      ))}
    </nav>
  );
}

function Head({ kind, lines, newest }: { kind: PlotKind; lines: readonly PlotLine[]; newest: number }) {
  return (
    <header class="plot-head" id={`head-${kind.id}`}>
      <h2 id={`plot-${kind.id}`}>{kind.title}</h2>
      <p class="muted">{kind.about}</p>
      <ul class="plot-legend">
        {lines.map((line) => (
          <li>
            <svg class="plot-key" aria-hidden="true">
              <line class={`plot-line tone-${line.tone}`} x1="0" x2="100%" y1="50%" y2="50%" />
            </svg>
            {line.label}
            <b class="num" data-value={line.label}>
              {lastOf(line, newest)}
            </b>
          </li>
        ))}
      </ul>
    </header>
  );
}

/** The newest ones; the others are counted. */
const GAPS_TOLD = 5;

/** Since when nothing is known, and when it was not: a line that stops must not look like a system that stopped. */
function Notes({ history, window, now }: { history: MetricsHistory; window: Window; now: number }) {
  const { newestAt, points } = history;
  // That nothing is known up to now is another sentence.
  const gaps = gapsIn(points, window).filter(({ to }) => to < window.to);
  const more = gaps.length - GAPS_TOLD;
  const isStale = newestAt !== undefined && now - newestAt > STALE_MS;
  const [first] = points;
  return (
    <div id="plot-notes">
      {newestAt === undefined ? (
        <EmptyState icon="chart-line" title="No samples yet">
          <p>
            The server takes one every 15 seconds and keeps them for 7 days. The first ones appear here by themselves.
          </p>
        </EmptyState>
      ) : isStale ? (
        <p class="notice">
          <Icon name="triangle-alert" />
          <span>
            No samples since <When at={newestAt} as="clock" />. The server’s log says why.
          </span>
        </p>
      ) : null}
      {first && gaps.length > 0 ? (
        <p class="plot-gaps muted">
          No samples{' '}
          {gaps.slice(-GAPS_TOLD).map(({ from, to }, i) => (
            <>
              {i > 0 ? ', ' : ''}
              {from === window.from ? (
                <>
                  before <When at={to} as="clock" />
                </>
              ) : (
                <>
                  from <When at={from} as="clock" /> to <When at={to} as="clock" />
                </>
              )}
            </>
          ))}
          {more > 0 ? `, and ${plural(more, 'time')} before` : ''}, while the server did not run.
        </p>
      ) : null}
    </div>
  );
}

/** Runs of steps without a sample; the newest step may still be without its own. */
function gapsIn(points: readonly MetricPoint[], { from, to, stepMs }: Window): { from: number; to: number }[] {
  const gaps: { from: number; to: number }[] = [];
  let covered = from;
  for (const { at } of points) {
    if (at > covered) gaps.push({ from: covered, to: at });
    covered = at + stepMs;
  }
  if (to - covered > Math.max(stepMs, STALE_MS)) gaps.push({ from: covered, to });
  return gaps;
}

const shareOf = (at: number, { from, to }: Window): number => (at - from) / (to - from);

/** Round moments, but for those so near to an edge that their text would be cut. */
function timesIn(window: Window, { tickMs }: Range): PlotProps['times'] {
  const times = [];
  for (let at = stepOf(window.from, tickMs) + tickMs; at < window.to; at += tickMs) {
    const share = shareOf(at, window);
    if (share < 0.04 || share > 0.96) continue;
    const iso = isoTime(at);
    const as = tickMs >= DAY ? 'day' : 'clock';
    times.push({ at, share, as, text: as === 'day' ? iso.slice(5, 10) : iso.slice(11, 16) } as const);
  }
  return times;
}

function Rows({ kind, points, range }: { kind: PlotKind; points: readonly MetricPoint[]; range: Range }) {
  const from = points[0]?.at ?? 0;
  const to = (points.at(-1)?.at ?? 0) + range.rowMs;
  const lines = points.length === 0 ? [] : linesOf(kind, points, { from, to, stepMs: range.rowMs });
  const newestFirst = points.toReversed();
  return (
    <div class="plot-rows" id={`rows-${kind.id}`}>
      {points.length === 0 ? (
        <p class="muted">No samples in this time.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">From</th>
              {lines.map(({ label }) => (
                <th scope="col" class="num">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {newestFirst.map(({ at }) => (
              <tr>
                <th scope="row">
                  <a href={eventsAtUrl(at + range.rowMs)} title="Events of this time">
                    <When at={at} as="clock" />
                  </a>
                </th>
                {lines.map(({ texts }) => (
                  <td class="num">{texts[Math.round((at - from) / range.rowMs)]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

/** The page of events at a moment: those before it, newest first. */
async function eventsAt(c: Context<AppEnv>): Promise<Response> {
  const at = Number(c.req.query('at') ?? Number.NaN);
  const next = Number.isFinite(at) ? await c.get('services').queries.firstEventAt(at) : undefined;
  return c.redirect(withQuery('/events', { at: next === undefined ? undefined : next - 1 }), 303);
}
