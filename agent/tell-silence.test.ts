import { afterEach, expect, test, vi } from 'vitest';
import { tellSilence } from './tell-silence.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('what hangs is told of while it is waited for, until an answer comes; a failure is none', async () => {
  vi.useFakeTimers();
  const told: boolean[] = [];
  const tell = (silent: boolean) => void told.push(silent);
  const quick = tellSilence(Promise.resolve('at once'), 4_000, tell);
  expect([await quick, told.splice(0)]).toEqual(['at once', [false]]);
  let fail: (why: Error) => void = () => {};
  const hung = new Promise<string>((_, reject) => {
    fail = reject;
  });
  const failing = tellSilence(hung, 4_000, tell);
  vi.advanceTimersByTime(3_999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  fail(new Error('timeout'));
  await expect(failing).rejects.toThrow('timeout');
  expect(told).toEqual([true]);
  await tellSilence(Promise.resolve('back'), 4_000, tell);
  expect(told).toEqual([true, false]);
  vi.advanceTimersByTime(10_000);
  expect(told).toEqual([true, false]);
});
