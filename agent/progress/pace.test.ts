import { expect, test } from 'vitest';
import { type Counted, Pace } from './pace.ts';

const counted = (done: [number, number], left: [number, number], unsized = 0): Counted => ({
  done: { files: done[0], bytes: done[1] },
  left: { files: left[0], bytes: left[1] },
  unsized,
});

test('a burst counts from where it began, and its total grows as more is found', () => {
  const pace = new Pace();
  expect(pace.look(0, counted([70, 7_000], [10, 1_000]))).toEqual({
    done: 0,
    total: 10,
    bytes_done: 0,
    bytes_total: 1_000,
    bytes_per_s: 0,
    eta_ms: null,
  });
  expect(pace.look(1_000, counted([74, 7_400], [16, 1_600]))).toEqual({
    done: 4,
    total: 20,
    bytes_done: 400,
    bytes_total: 2_000,
    bytes_per_s: 400,
    eta_ms: 4_000,
  });
  pace.rest();
  expect(pace.look(2_000, counted([90, 9_000], [1, 5]))).toMatchObject({ done: 0, total: 1, bytes_total: 5 });
});

test('a rate follows what goes now, and forgets within seconds what went before', () => {
  const pace = new Pace();
  let bytes = 0;
  const rateAfter = (seconds: number, bytesPerSecond: number): number => {
    let rate = 0;
    for (let i = 0; i < seconds * 5; i++) {
      bytes += bytesPerSecond / 5;
      now += 200;
      rate = pace.look(now, counted([0, bytes], [1, 1e9])).bytes_per_s;
    }
    return rate;
  };
  let now = 0;
  pace.look(now, counted([0, 0], [1, 1e9]));
  expect(rateAfter(10, 1_000)).toBe(1_000);
  const soon = rateAfter(1, 11_000);
  expect(soon).toBeGreaterThan(2_000);
  expect(soon).toBeLessThan(5_000);
  expect(rateAfter(30, 11_000)).toBeGreaterThan(10_900);
});

test('what nobody has looked at yet takes as long as a file took so far', () => {
  const pace = new Pace();
  pace.look(0, counted([0, 0], [100, 0], 100));
  const { eta_ms } = pace.look(10_000, counted([10, 1_000], [90, 500], 85));
  expect(eta_ms).toBe(5_000 + 85_000);
});

test('files without bytes, such as deletions, have a time too', () => {
  const pace = new Pace();
  pace.look(0, counted([0, 0], [100, 0]));
  expect(pace.look(1_000, counted([20, 0], [80, 0])).eta_ms).toBe(4_000);
});

test('a transfer that begins anew takes nothing back from what a person has seen', () => {
  const pace = new Pace();
  pace.look(0, counted([0, 0], [1, 1_000]));
  expect(pace.look(1_000, counted([0, 600], [1, 400]))).toMatchObject({ bytes_done: 600, bytes_total: 1_000 });
  expect(pace.look(2_000, counted([0, 100], [1, 900]))).toMatchObject({ bytes_done: 600, bytes_total: 1_000 });
});

test('looks that are close together change no rate, and a standstill has no time left', () => {
  const pace = new Pace();
  pace.look(0, counted([0, 0], [2, 1_000]));
  const first = pace.look(1_000, counted([1, 500], [1, 500]));
  expect(pace.look(1_001, counted([1, 500], [1, 500]))).toEqual(first);
  const still = new Pace();
  still.look(0, counted([0, 0], [1, 10]));
  expect(still.look(60_000, counted([0, 0], [1, 10]))).toMatchObject({ bytes_per_s: 0, eta_ms: null });
});

test('what stands still has no rate and no time left, and counts from where it goes on', () => {
  const pace = new Pace();
  pace.look(0, counted([0, 0], [2, 10_000]));
  expect(pace.look(1_000, counted([0, 1_000], [2, 9_000]))).toMatchObject({ bytes_per_s: 1_000, eta_ms: 9_000 });
  for (let now = 2_000; now <= 3_600_000; now += 1_000) pace.look(now, counted([0, 1_000], [2, 9_000]));
  expect(pace.look(3_601_000, counted([0, 1_000], [2, 9_000]))).toMatchObject({ bytes_per_s: 0, eta_ms: null });
  expect(pace.look(3_602_000, counted([0, 2_000], [2, 8_000]))).toMatchObject({ bytes_per_s: 1_000, eta_ms: 8_000 });
});

test('where each step takes long, as under a low limit, the rate is the same between them', () => {
  const pace = new Pace();
  pace.look(0, counted([0, 0], [1, 1_000_000]));
  for (let now = 200; now <= 60_000; now += 200) {
    const bytes = Math.floor(now / 8_000) * 80_000;
    const { bytes_per_s, eta_ms } = pace.look(now, counted([0, bytes], [1, 1_000_000 - bytes]));
    if (now < 8_000) continue;
    expect(bytes_per_s).toBe(10_000);
    expect(eta_ms).toBe((1_000_000 - bytes) / 10);
  }
});

test('a transfer that begins anew has the time that it takes now', () => {
  const pace = new Pace();
  pace.look(0, counted([0, 0], [1, 1_000]));
  pace.look(1_000, counted([0, 600], [1, 400]));
  pace.look(2_000, counted([0, 0], [1, 1_000]));
  expect(pace.look(3_000, counted([0, 100], [1, 900]))).toMatchObject({
    bytes_done: 600,
    bytes_per_s: 100,
    eta_ms: 9_000,
  });
});
