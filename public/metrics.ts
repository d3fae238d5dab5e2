// The page of metrics: a cursor that goes through all plots in step, by pointer and by keys, with the values of its moment
// in each legend; a click leads to the events of that moment. Loaded on this page only, and the plots are whole without it.

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const exact = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric' });
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const DAY_MS = 86_400_000;

interface Span {
  readonly from: number;
  readonly stepMs: number;
  readonly steps: number;
}

/** The step under the cursor, counted from the left; undefined: there is none. */
let at: number | undefined;

const plots = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('.plot')];

function spanOf(plot: Element | null | undefined): Span | undefined {
  const data = plot?.querySelector<SVGElement>('.plot-lines')?.dataset;
  const steps = Number(data?.steps);
  return steps > 0 ? { from: Number(data?.from), stepMs: Number(data?.step), steps } : undefined;
}

const hitOf = (event: Event): HTMLElement | null =>
  event.target instanceof Element ? event.target.closest<HTMLElement>('.plot-hit') : null;

/** Of all plots, so that one moment is seen in each. */
function paint(): void {
  for (const plot of plots()) {
    const span = spanOf(plot);
    const shown = at !== undefined && span !== undefined && at < span.steps ? at : undefined;
    paintHair(plot, span, shown);
    for (const line of plot.querySelectorAll<SVGPathElement>('.plot-line[data-label]')) {
      const value = plot.querySelector<HTMLElement>(`[data-value="${CSS.escape(line.dataset.label ?? '')}"]`);
      if (!value) continue;
      value.dataset.now ??= value.textContent ?? '';
      const text = shown === undefined ? value.dataset.now : (line.dataset.texts?.split('|')[shown] ?? '');
      if (value.textContent !== text) value.textContent = text;
    }
  }
}

function paintHair(plot: Element, span: Span | undefined, shown: number | undefined): void {
  const hair = plot.querySelector<HTMLElement>('.plot-hair');
  if (!hair) return;
  hair.hidden = shown === undefined;
  if (shown === undefined || !span) return;
  const share = (shown + 0.5) / span.steps;
  hair.style.left = `${share * 100}%`;
  hair.classList.toggle('is-late', share > 0.5);
  const moment = hair.querySelector('.plot-moment');
  if (moment) moment.textContent = momentOf(span, shown);
}

function momentOf({ from, stepMs, steps }: Span, step: number): string {
  const start = from + step * stepMs;
  if (steps * stepMs > DAY_MS) return dayAndClock.format(start);
  return stepMs < 60_000 ? exact.format(start) : clock.format(start);
}

function move(to: number | undefined): void {
  if (to === at) return;
  at = to;
  paint();
}

document.addEventListener('pointermove', (event) => {
  const hit = hitOf(event);
  const span = spanOf(hit?.closest('.plot'));
  if (!hit || !span) return;
  const { left, width } = hit.getBoundingClientRect();
  const step = Math.floor(((event.clientX - left) / width) * span.steps);
  move(Math.min(span.steps - 1, Math.max(0, step)));
});

document.addEventListener('pointerout', (event) => {
  const into = event.relatedTarget instanceof Element ? event.relatedTarget.closest('.plot-hit') : null;
  if (hitOf(event) && !into) move(undefined);
});

document.addEventListener('focusout', (event) => {
  if (hitOf(event)) move(undefined);
});

document.addEventListener('keydown', (event) => {
  const plot = hitOf(event)?.closest('.plot');
  const span = spanOf(plot);
  if (!plot || !span || event.ctrlKey || event.metaKey || event.altKey) return;
  const last = span.steps - 1;
  const here = at ?? last + 1;
  const to = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: last }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  move(Math.min(last, Math.max(0, to)));
  say(plot, span);
});

/** What the cursor is at, for who moves it by keys and does not see it. */
function say(plot: Element, span: Span): void {
  const said = document.getElementById('plot-said');
  if (!said || at === undefined) return;
  const lines = [...plot.querySelectorAll<SVGPathElement>('.plot-line[data-label]')].reverse();
  const values = lines.map((line) => `${line.dataset.label} ${line.dataset.texts?.split('|')[at ?? 0]}`);
  said.textContent = `${momentOf(span, at)}: ${values.join(', ')}`;
}

document.addEventListener('click', (event) => {
  const span = spanOf(hitOf(event)?.closest('.plot'));
  if (!span || at === undefined) return;
  location.assign(`/metrics-view/events?at=${span.from + (at + 1) * span.stepMs}`);
});

/** The server writes UTC. */
function localTicks(): void {
  for (const tick of document.querySelectorAll<SVGTextElement>('.plot-time[data-at]')) {
    const moment = Number(tick.dataset.at);
    const text = tick.dataset.as === 'day' ? day.format(moment) : clock.format(moment);
    if (tick.textContent !== text) tick.textContent = text;
  }
}

// A patch brings the server's words again: for a legend those of now.
document.addEventListener('datastar-sse', () => {
  for (const value of document.querySelectorAll<HTMLElement>('.plot [data-value]')) delete value.dataset.now;
  localTicks();
  paint();
});
localTicks();

export {};
