// inotify's limit, which no test can reach on purpose: a watcher that takes so many directories and no more.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Clock } from '../../core/model/clock.ts';
import { fakePath, type RelPath } from '../../core/model/rel-path.ts';
import { limitedWatcher } from './limited-watcher.ts';
import { pollingWatcher } from './polling-watcher.ts';
import { type Hint, type Watcher, WatchLimitError } from './watcher.ts';

/** Watches `room` directories at most. */
function scarce(room: { limit: number }) {
  const watched = new Set<RelPath | ''>();
  let closed = false;
  const watcher: Watcher = {
    kind: 'inotify',
    watch(dir) {
      if (watched.has(dir)) return 'known';
      if (watched.size >= room.limit) throw new WatchLimitError('The limit is reached: raise it');
      watched.add(dir);
      return 'new';
    },
    forget: (dir) => void watched.delete(dir),
    close: async () => {
      closed = true;
    },
  };
  return { watcher, watched, isClosed: () => closed };
}

/** Time that passes when a test says so. */
function handClock() {
  const sleeps: { ms: number; wake: () => void }[] = [];
  const clock: Clock = {
    now: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        sleeps.push({ ms, wake: resolve });
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
  };
  return { clock, sleeps };
}

function limited(limit: number) {
  const room = { limit };
  const { watcher, watched, isClosed } = scarce(room);
  const { clock, sleeps } = handClock();
  const told: (string | undefined)[] = [];
  const hints: Hint[] = [];
  const under = limitedWatcher(watcher, {
    polling: () => pollingWatcher((hint) => hints.push(hint), { clock }),
    onLimit: (message) => told.push(message),
  });
  return { under, room, watched, isClosed, sleeps, told, hints };
}

const [one, two] = [fakePath('one'), fakePath('two')];

test('beyond the limit directories are polled, the others keep their watch, and a person is told once', async () => {
  const { under, watched, sleeps, told, hints } = limited(2);
  expect(under.watch('', 1n)).toBe('new');
  expect(under.watch(one, 2n)).toBe('new');
  expect(under.kind).toBe('inotify');
  expect(told).toEqual([]);
  expect(under.watch(two, 3n)).toBe('new');
  expect(under.kind).toBe('polling');
  // New only once: who looks into it each time would never come to an end.
  expect(under.watch(two, 3n)).toBe('known');
  expect(under.watch(two, 4n)).toBe('new');
  expect(told).toEqual(['The limit is reached: raise it']);
  expect([...watched]).toEqual(['', 'one']);
  // The last look at everything may be long ago: nothing else has to happen for the first poll.
  expect(sleeps.map(({ ms }) => ms)).toEqual([1_000]);
  sleeps[0]?.wake();
  await nextTurn();
  expect(hints).toEqual([{ kind: 'tree', dir: '' }]);
  await under.close();
});

test('when the limit was raised, inotify takes over by itself after one look at everything', async () => {
  const { under, room, told } = limited(1);
  const lookAtAll = () => {
    for (const [dir, inode] of [
      ['', 1n],
      [one, 2n],
      [two, 3n],
    ] as const)
      under.watch(dir, inode);
    under.looked?.(10);
  };
  lookAtAll();
  lookAtAll();
  expect(under.kind).toBe('polling');
  room.limit = 2;
  lookAtAll();
  expect(under.kind).toBe('polling');
  room.limit = 3;
  lookAtAll();
  expect(under.kind).toBe('inotify');
  expect(told).toEqual([expect.stringMatching(/raise it/), undefined]);
  await under.close();
});

test('polling rests nine times as long as a look took, and at least its interval; closed, it hints no more', async () => {
  const { clock, sleeps } = handClock();
  const hints: Hint[] = [];
  const polling = pollingWatcher((hint) => hints.push(hint), { clock, intervalMs: 500 });
  polling.looked?.(10);
  expect(sleeps.map(({ ms }) => ms)).toEqual([500]);
  sleeps[0]?.wake();
  await nextTurn();
  polling.looked?.(2_000);
  expect(sleeps.map(({ ms }) => ms)).toEqual([500, 18_000]);
  await polling.close();
  polling.looked?.(10);
  expect(sleeps.length).toBe(2);
  expect(hints).toEqual([{ kind: 'tree', dir: '' }]);
});

test('a watcher whose fault is not the limit says so', () => {
  const under = limitedWatcher(
    {
      ...scarce({ limit: 1 }).watcher,
      watch: () => {
        throw new TypeError('a fault of ours');
      },
    },
    { polling: () => expect.fail('no poll is asked for'), onLimit: () => {} },
  );
  expect(() => under.watch('', 1n)).toThrow('a fault of ours');
});

test('closing closes both', async () => {
  const { under, isClosed, sleeps } = limited(0);
  under.watch('', 1n);
  expect(sleeps.length).toBe(1);
  await under.close();
  expect(isClosed()).toBe(true);
});
