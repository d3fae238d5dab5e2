import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { etagOfParts, partBytesFor, SINGLE_PUT_BYTES } from './s3-upload.ts';

const GB = 1e9;
/** S3's limits of an object and of a part. */
const LARGEST_OBJECT = 5 * 2 ** 40;
const LARGEST_PART = 5 * 2 ** 30;
const SMALLEST_PART = 5 * 2 ** 20;

test('20 GB go in 2,385 parts of 8 MiB, and 100 GB in as many as S3 takes', () => {
  expect(partBytesFor(20 * GB)).toBe(SINGLE_PUT_BYTES);
  expect(Math.ceil((20 * GB) / partBytesFor(20 * GB))).toBe(2385);
  expect(Math.ceil((100 * GB) / partBytesFor(100 * GB))).toBe(10_000);
});

test('whatever its size, an object goes in no more than 10,000 parts that S3 accepts', () => {
  fc.assert(
    fc.property(fc.integer({ min: SINGLE_PUT_BYTES, max: LARGEST_OBJECT }), (sizeBytes) => {
      const partBytes = partBytesFor(sizeBytes);
      expect(Math.ceil(sizeBytes / partBytes)).toBeLessThanOrEqual(10_000);
      expect(partBytes).toBeGreaterThanOrEqual(SMALLEST_PART);
      expect(partBytes).toBeLessThanOrEqual(LARGEST_PART);
    }),
  );
});

test('the ETag of parts is the MD5 of their MD5s; where a part has none, nothing is known of it', () => {
  const md5 = (bytes: string | Buffer) => createHash('md5').update(bytes).digest();
  const parts = ['one', 'two'].map((text, i) => ({ PartNumber: i + 1, ETag: `"${md5(text).toString('hex')}"` }));
  const whole = md5(Buffer.concat([md5('one'), md5('two')])).toString('hex');
  expect(etagOfParts(parts)).toBe(`${whole}-2`);
  expect(etagOfParts([...parts, { PartNumber: 3, ETag: '"of a key management"' }])).toBeUndefined();
});
