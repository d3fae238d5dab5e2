import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeSha } from '../model/ids.ts';
import { ListedObjects } from './listed-objects.ts';

test('what was listed is there as it was listed last, and nothing else is', () => {
  const object = fc.record({
    sha: fc.nat(3_000).map((n) => fakeSha(`${n}`)),
    sizeBytes: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    touchedAt: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  });
  fc.assert(
    fc.property(fc.array(object, { maxLength: 2_000, size: 'max' }), (listed) => {
      const objects = new ListedObjects();
      for (const one of listed) objects.add(one);
      const like = new Map(listed.map((one) => [one.sha, one]));
      expect([...objects]).toEqual([...like.values()]);
      for (const [sha, { sizeBytes }] of like) expect(objects.sizeOf(sha)).toBe(sizeBytes);
      expect(objects.sizeOf(fakeSha('none'))).toBeUndefined();
    }),
    { numRuns: 10 },
  );
});
