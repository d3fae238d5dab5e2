// A small plot of equal steps, such as the 24 hours of a project: one bar a step, drawn on the server. What it says is in
// its label; the bars only show the shape.

/** Width of a step, and of its bar, in units of the drawing, which stretches to the width that its place gives it. */
const STEP = 4;
const BAR = 3;
const HEIGHT = 24;
/** What is more than nothing is seen. */
const LEAST = 2;

/** @param props.label  what the bars are, with their sum: "12 commits in the last 24 hours" */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const most = Math.max(...values, 1);
  const bars = values.map((value, at) => {
    const height = value <= 0 ? 0 : Math.max(LEAST, Math.round((value / most) * HEIGHT));
    return height === 0 ? '' : `M${at * STEP} ${HEIGHT}v-${height}h${BAR}v${height}z`;
  });
  const width = values.length * STEP - (STEP - BAR);
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <title>{label}</title>
      <path class="spark-ground" d={`M0 ${HEIGHT - 0.5}h${width}`} />
      <path class="spark-bars" d={bars.join('')} />
    </svg>
  );
}
