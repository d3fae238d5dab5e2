import { expect, test } from 'vitest';
import { Sparkline } from './sparkline.tsx';

const drawn = (values: readonly number[], label = 'x') => Sparkline({ values, label }).toString();

test('the highest step fills the height, others their share, and what is more than nothing is seen', () => {
  expect(drawn([100, 50, 1, 0])).toContain('d="M0 24v-24h3v24zM4 24v-12h3v12zM8 24v-2h3v2z"');
});

test('where nothing went on there is the ground and no bar', () => {
  expect(drawn([0, 0, 0])).toContain('class="spark-bars" d=""');
  expect(drawn([])).toContain('class="spark-ground"');
});

test('the label is text, whatever it holds', () => {
  expect(drawn([1], '<b>"it"</b>')).not.toContain('<b>');
});
