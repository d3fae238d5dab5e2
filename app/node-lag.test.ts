import { expect, test } from 'vitest';
import { fakeSha } from '../core/model/ids.ts';
import { nodeLag } from './node-lag.ts';
import { fakeWorkspace } from './testing/fake-nodes.ts';

const going = (etaMs: number | null) => ({
  done: 1,
  total: 4,
  bytesDone: 1,
  bytesTotal: 4,
  bytesPerSecond: 1,
  etaMs,
});
const behind = (commits: number | null, since: number | null) => ({
  lag: { kind: 'behind', current: fakeSha('current'), commits, since } as const,
});

test('where nothing waits there is no lag and no time to wait for', () => {
  const lag = nodeLag([fakeWorkspace('a'), fakeWorkspace('b')]);
  expect(lag).toEqual({ commits: 0, since: null, toSend: 0, toFetch: 0, drainMs: null });
});

test('commits and paths add up; the oldest of what waits and the slowest workspace count', () => {
  const lag = nodeLag([
    fakeWorkspace('a', {
      ...behind(2, 500),
      pendingDown: 3,
      oldestPendingAt: 700,
      progress: { up: going(0), down: going(4_000) },
    }),
    fakeWorkspace('b', { pendingUp: 5, oldestPendingAt: 400, progress: { up: going(9_000), down: going(null) } }),
    fakeWorkspace('c', behind(1, 450)),
  ]);
  expect(lag).toEqual({ commits: 3, since: 400, toSend: 5, toFetch: 3, drainMs: 9_000 });
});

test('what nobody has seen is not told as a number', () => {
  expect(nodeLag([fakeWorkspace('a', behind(null, null)), fakeWorkspace('b', behind(4, 9))])).toMatchObject({
    commits: null,
    since: 9,
  });
  const unsure = fakeWorkspace('a', { pendingDown: 1, progress: { up: going(10), down: going(null) } });
  expect(nodeLag([unsure]).drainMs).toBeNull();
  expect(nodeLag([unsure, fakeWorkspace('b', { pendingUp: 1 })]).drainMs).toBeNull();
});
