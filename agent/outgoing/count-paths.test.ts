import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRelPath } from '../../core/model/rel-path.ts';
import { countPaths } from './count-paths.ts';

const path = fc.integer({ min: 0, max: 12 }).map((n) => parseRelPath(`file-${n}`));

test('a path counts once, however many collections it is in', () => {
  fc.assert(
    fc.property(fc.array(fc.array(path), { maxLength: 5 }), (lists) => {
      expect(countPaths(lists.map((list) => new Set(list)))).toBe(new Set(lists.flat()).size);
    }),
  );
});
