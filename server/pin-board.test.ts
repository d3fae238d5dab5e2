import { expect, test } from 'vitest';
import { systemClock } from '../core/model/clock.ts';
import { type ProjectName, parseProjectName } from '../core/model/ids.ts';
import { fakePath } from '../core/model/rel-path.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { pin } from '../core/tier/pins.ts';
import { PinBoard } from './pin-board.ts';

const DEMO = parseProjectName('demo');
const ACTOR = { kind: 'user', id: 'admin' } as const;

/** A board over an index that counts what is read from it. */
function setUp() {
  const stored = memoryKeyValue();
  let reads = 0;
  const index = {
    watch: stored.watch.bind(stored),
    get: (key: string) => {
      reads++;
      return stored.get(key);
    },
  };
  const board = new PinBoard(index);
  const ending = new AbortController();
  let hear: (project: ProjectName) => void = () => {};
  const heard = () => new Promise<ProjectName>((resolve) => (hear = resolve));
  return {
    board,
    heard,
    reads: () => reads,
    pinned: async () => (await board.of(DEMO)).map(({ path }) => path),
    pin: (path: string) => pin({ index: stored, clock: systemClock }, DEMO, [fakePath(path)], ACTOR),
    follow: () => board.follow((project) => hear(project), ending.signal),
    end: () => ending.abort(),
  };
}

test('pins are read once until they change, wherever that was', async () => {
  const { board, heard, reads, pinned, pin, follow, end } = setUp();
  await pin('a');
  const first = heard();
  const following = follow();
  await first;
  expect([await pinned(), await pinned(), reads()]).toEqual([['a'], ['a'], 1]);
  const next = heard();
  await pin('b');
  expect(await next).toBe(DEMO);
  expect([await pinned(), await pinned(), reads()]).toEqual([['a', 'b'], ['a', 'b'], 2]);
  board.forget(DEMO);
  expect([await pinned(), reads()]).toEqual([['a', 'b'], 3]);
  end();
  await following;
});

test('who does not follow reads each time', async () => {
  const { heard, reads, pinned, pin, follow, end } = setUp();
  await pin('a');
  expect([await pinned(), await pinned(), reads()]).toEqual([['a'], ['a'], 2]);
  const first = heard();
  const following = follow();
  await first;
  await pinned();
  end();
  await following;
  expect([await pinned(), await pinned(), reads()]).toEqual([['a'], ['a'], 5]);
});
