// Large files beside the others: what fails on the way is a failure of the work, not of the process.
import { expect, test } from 'vitest';
import { fakeSha } from '../../core/model/ids.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { type FileBehind, LargeFetches } from './large-fetches.ts';

const behindOf = (name: string): FileBehind => {
  const path = fakePath(name);
  return { path, entry: { path, sha: fakeSha(name), size: 1, mode: 0o644, mtime: 0 }, revision: 1, since: 0 };
};

test('a fault while it is asked what is due is told when the fetches rest, and none is left behind', async () => {
  const full = new Error('database or disk is full');
  let asked = 0;
  let failure: unknown;
  const large = new LargeFetches({
    signal: new AbortController().signal,
    isDue: () => {
      asked++;
      throw full;
    },
    fetch: async () => {},
    rests: (one) => {
      failure = one;
    },
  });
  for (const name of ['x', 'y', 'z']) large.add(behindOf(name));
  await large.ended();
  expect([failure, large.isResting, large.isAwaiting(1)]).toEqual([{ error: full }, true, false]);
  expect(asked).toBeGreaterThan(0);
});
