// A row's verdict is computed here for every bench, so it is tested here once.
import { describe, expect, test } from 'vitest';
import { complete, table } from './bench.mjs';

const row = { case: 'put', value: 400, unit: 'MB/s', better: 'higher' as const };

describe('a row', () => {
  test('is ok when it reaches its target, whichever way is better', () => {
    expect(complete('hot', { ...row, target: 300 }).ok).toBe(true);
    expect(complete('hot', { ...row, target: 500 }).ok).toBe(false);
    expect(complete('hot', { ...row, better: 'lower', target: 500 }).ok).toBe(true);
    expect(complete('hot', row).ok).toBe(true);
  });

  test('says how many times better than its peer it is', () => {
    expect(complete('hot', { ...row, peer: 'stock', peerValue: 50 }).ratio).toBe(8);
    expect(complete('hot', { ...row, better: 'lower', peer: 'stock', peerValue: 800 }).ratio).toBe(2);
    expect(complete('hot', row)).not.toHaveProperty('ratio');
  });

  test('keeps the verdict and the ratio that the bench gave', () => {
    expect(complete('hot', { ...row, target: 300, ok: false, ratio: 3 })).toMatchObject({ ok: false, ratio: 3 });
  });
});

test('the table marks what was missed', () => {
  const text = table([complete('hot', { ...row, target: 500, peer: 'stock', peerValue: 50 }), complete('hot', row)]);
  const [, missed, reached] = text.split('\n');
  expect(missed).toMatch(/400 MB\/s +≥ 500 +stock 50 +8× +MISSED$/);
  expect(reached).toMatch(/400 MB\/s$/);
});
