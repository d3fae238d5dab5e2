// What waits for its commit, and which of it lies below a directory, told without a walk over all.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeSha } from '../../core/model/ids.ts';
import { fakePath, isUnder, type RelPath } from '../../core/model/rel-path.ts';
import type { Version } from '../../core/sync/plan.ts';
import type { LocalChange } from './committer.ts';
import { ReadyChanges } from './ready-changes.ts';

const PATHS = ['a', 'a/b', 'a/b/c', 'a/b/d', 'a/e', 'ab', 'ab/c', 'f'].map((path) => fakePath(path));
const site = {
  clock: { now: () => 0 },
  announcer: { seen: () => {} },
  state: { rows: { at: () => undefined } },
};
const fileAt = (path: RelPath): Version => ({ path, sha: fakeSha('x'), size: 1, mode: 0o644, mtime: 0 });

const within = (changes: Iterable<LocalChange>, dir: RelPath): RelPath[] =>
  Array.from(changes, ({ path }) => path).filter((path) => path === dir || isUnder(path, dir));

test('I8: what is to be put below a path that vanished, and what is being committed there, is always found', () => {
  const path = fc.constantFrom(...PATHS);
  const step = fc.oneof(
    fc.tuple(fc.constantFrom('put', 'delete', 'drop', 'fail'), path),
    fc.tuple(fc.constantFrom('take', 'end', 'give back', 'drop puts'), path),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const ready = new ReadyChanges(site, () => {});
      let committing = new Map<RelPath, LocalChange>();
      for (const [what, at] of steps) {
        const stored = ready.at(at)?.stored;
        if (what === 'put') ready.set(at, fileAt(at), '', Promise.resolve());
        else if (what === 'delete') ready.set(at, undefined, '');
        else if (what === 'drop') ready.drop(at);
        else if (what === 'fail' && stored) ready.putFailed(at, stored);
        else if (what === 'drop puts') ready.dropPuts();
        else if (what === 'take' && committing.size === 0) {
          committing = new Map([...ready.waiting()].slice(0, 4).map((change) => [change.path, change]));
          ready.take(committing);
        } else if (what === 'give back' || what === 'end') {
          if (what === 'give back') for (const change of committing.values()) ready.giveBack(change);
          ready.ended();
          committing = new Map();
        }
        for (const dir of PATHS) {
          const puts = [...ready.waiting()].filter(({ now }) => now);
          expect([...ready.putsWithin(dir)].sort()).toEqual(within(puts, dir).sort());
          expect(ready.isCommitting(dir)).toBe(within(committing.values(), dir).length > 0);
        }
      }
    }),
  );
});
