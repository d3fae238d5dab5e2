import { expect, test } from 'vitest';
import { Flights } from './flights.ts';

const untilAborted = (signal: AbortSignal) =>
  new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

test('those who wait for the work of one who leaves begin anew, once', async () => {
  const flights = new Flights<string, string>();
  const leaving = new AbortController();
  const { signal } = new AbortController();
  let begun = 0;
  const again = async () => {
    begun += 1;
    return 'done';
  };
  const first = flights.share('a', leaving.signal, () => untilAborted(leaving.signal));
  const others = [1, 2, 3].map(() => flights.share('a', signal, again));
  leaving.abort(new Error('cancelled'));
  await expect(first).rejects.toThrow('cancelled');
  expect(await Promise.all(others)).toEqual(['done', 'done', 'done']);
  expect(begun).toBe(1);
});

test('a failure of the work itself is that of all who wait', async () => {
  const flights = new Flights<string, string>();
  const { signal } = new AbortController();
  let fail: (error: Error) => void = () => {};
  const failing = () => new Promise<string>((_, reject) => (fail = reject));
  const all = [1, 2].map(() => flights.share('a', signal, failing));
  fail(new Error('no answer'));
  for (const one of all) await expect(one).rejects.toThrow('no answer');
  expect(await flights.share('a', signal, async () => 'later')).toBe('later');
});

test('who waits leaves at once when its own signal aborts, and the work goes on for the others', async () => {
  const flights = new Flights<string, string>();
  const { signal } = new AbortController();
  let finish: (result: string) => void = () => {};
  const slow = () => new Promise<string>((resolve) => (finish = resolve));
  const leaving = new AbortController();
  const first = flights.share('a', signal, slow);
  const left = flights.share('a', leaving.signal, slow);
  const stays = flights.share('a', signal, slow);
  leaving.abort(new Error('the job was cancelled'));
  await expect(left).rejects.toThrow('the job was cancelled');
  finish('done');
  expect(await Promise.all([first, stays])).toEqual(['done', 'done']);
});
