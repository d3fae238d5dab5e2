// A plot of lines over time, drawn on the server: the same with and without a script, and in both themes, because all
// colours are classes. Only the lines stretch with their place; texts and strokes keep their size, since all else has
// places in per cent. The page's script reads the `data-*` of it to show the values under the pointer.

export interface PlotLine {
  readonly label: string;
  /** its colour and its dashes, so that it is told apart without colours */
  readonly tone: 'first' | 'second' | 'third' | 'hot' | 'cold' | 'bad';
  /** one a step; undefined: there is none */
  readonly values: readonly (number | undefined)[];
  /** the same, as they are read */
  readonly texts: readonly string[];
}

export interface PlotProps {
  /** says all that matters to who does not see it */
  readonly label: string;
  readonly lines: readonly PlotLine[];
  readonly top: number;
  /** from 0 to `top`, evenly */
  readonly ticks: readonly string[];
  /** moments with a mark, as shares of the width */
  readonly times: readonly {
    readonly at: number;
    readonly share: number;
    readonly text: string;
    readonly as: 'clock' | 'day';
  }[];
  /** steps without a sample, from and to (exclusive), as shares of the width */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  readonly from: number;
  readonly stepMs: number;
  /** in place of lines that have no value at all; undefined: there is nothing to say */
  readonly quiet?: string | undefined;
}

/** Of the drawing that stretches; fine enough for a line on any screen. */
const WIDTH = 1_000;
const HEIGHT = 140;
/** Below the lines, for the times. */
const FOOT = 22;

export function Plot(props: PlotProps) {
  const { lines, top, ticks, gaps, quiet } = props;
  return (
    <>
      <div class="plot-y" aria-hidden="true">
        {ticks.toReversed().map((tick) => (
          <span>{tick}</span>
        ))}
      </div>
      <svg
        class="plot-lines"
        height={HEIGHT + FOOT}
        role="img"
        aria-label={props.label}
        data-from={props.from}
        data-step={props.stepMs}
        data-steps={lines[0]?.values.length ?? 0}
      >
        {ticks.map((_, i) => {
          const y = HEIGHT - (i / (ticks.length - 1)) * HEIGHT;
          return <line class={i === 0 ? 'plot-ground' : 'plot-grid'} x1="0" x2="100%" y1={y} y2={y} />;
        })}
        {gaps.map(({ from, to }) => (
          <rect class="plot-gap" x={percent(from)} width={percent(to - from)} y="0" height={HEIGHT} />
        ))}
        <svg
          class="plot-stretch"
          aria-hidden="true"
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          height={HEIGHT}
        >
          {lines.length === 1 && lines[0] ? (
            <path class={`plot-area tone-${lines[0].tone}`} d={areaOf(lines[0], top)} />
          ) : null}
          {lines.toReversed().map((line) => (
            <path
              class={`plot-line tone-${line.tone}`}
              d={pathOf(line, top)}
              data-label={line.label}
              data-texts={line.texts.join('|')}
            />
          ))}
        </svg>
        {quiet === undefined ? null : (
          <text class="plot-quiet" x="50%" y={HEIGHT / 2}>
            {quiet}
          </text>
        )}
        <Times times={props.times} />
      </svg>
    </>
  );
}

function Times({ times }: Pick<PlotProps, 'times'>) {
  return (
    <>
      {times.map(({ at, share, text, as }) => (
        <>
          <line class="plot-ground" x1={percent(share)} x2={percent(share)} y1={HEIGHT} y2={HEIGHT + 4} />
          <text class="plot-time" x={percent(share)} y={HEIGHT + 17} data-at={at} data-as={as}>
            {text}
          </text>
        </>
      ))}
    </>
  );
}

const percent = (share: number): string => `${Number((share * 100).toFixed(2))}%`;
const px = (value: number): number => Number(value.toFixed(1));

/** Runs of values that follow each other, each with its place; what is missing parts them. */
function runsOf({ values }: PlotLine, top: number): (readonly [x: number, y: number])[][] {
  const runs: (readonly [number, number])[][] = [];
  let run: (readonly [number, number])[] | undefined;
  for (const [i, value] of values.entries()) {
    if (value === undefined) {
      run = undefined;
      continue;
    }
    const place = [px(((i + 0.5) / values.length) * WIDTH), px(HEIGHT - (value / top) * HEIGHT)] as const;
    if (!run) {
      run = [];
      runs.push(run);
    }
    run.push(place);
  }
  return runs;
}

/** A value between two gaps is drawn as wide as its step. */
function pathOf(line: PlotLine, top: number): string {
  const half = WIDTH / line.values.length / 2;
  return runsOf(line, top)
    .map((run) => {
      const [first] = run;
      if (first && run.length === 1) return `M${px(first[0] - half)} ${first[1]}h${px(2 * half)}`;
      return `M${run.map(([x, y]) => `${x} ${y}`).join('L')}`;
    })
    .join('');
}

function areaOf(line: PlotLine, top: number): string {
  return runsOf(line, top)
    .map((run) => `M${run[0]?.[0] ?? 0} ${HEIGHT}L${run.map(([x, y]) => `${x} ${y}`).join('L')}V${HEIGHT}z`)
    .join('');
}
