import { expect, test } from 'vitest';
import { Plot, type PlotLine } from './plot.tsx';

const line = (label: string, values: (number | undefined)[]): PlotLine => ({
  label,
  tone: 'first',
  values,
  texts: values.map(String),
});
const drawn = (lines: readonly PlotLine[]) =>
  Plot({ label: 'all', lines, top: 10, ticks: ['0', '5', '10'], times: [], gaps: [], from: 7, stepMs: 3 }).toString();

test('the highest mark is at the top, nothing is at the ground', () => {
  expect(drawn([line('a', [0, 10]), line('b', [5, 5])])).toContain('d="M250 140L750 0"');
});

test('where values are missing the line has a gap, and a value between two gaps is as wide as its step', () => {
  expect(drawn([line('a', [10, undefined, 5, undefined, 0, 0]), line('b', [])])).toContain(
    'd="M0 0h166.7M333.4 70h166.7M750 140L916.7 140"',
  );
});

test('labels and values are text, whatever they hold', () => {
  const html = drawn([line('"><img src=x onerror=alert(1)>', [1])]);
  expect(html).not.toContain('<img');
  expect(html).toContain('data-texts="1"');
});
