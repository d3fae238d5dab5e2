import fc from 'fast-check';
import { expect, test } from 'vitest';
import { giveChunkMemory, takeChunkMemory } from './chunk-memory.ts';

const LARGE = 300_000;

test('memory that was given back is used again, and no two have the same at once', () => {
  const step = fc.record({ bytes: fc.integer({ min: 0, max: 2_000_000 }), back: fc.option(fc.nat(20)) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const held: { bytes: Buffer; mark: number }[] = [];
      for (const [mark, { bytes: size, back }] of steps.entries()) {
        const bytes = takeChunkMemory(size);
        expect(bytes.length).toBe(size);
        held.push({ bytes: bytes.fill(mark), mark });
        const [gone] = back === null ? [] : held.splice(back % held.length, 1);
        if (gone) giveChunkMemory(gone.bytes);
        for (const { bytes, mark } of held) expect([bytes[0] ?? mark, bytes.at(-1) ?? mark]).toEqual([mark, mark]);
      }
      for (const { bytes } of held) giveChunkMemory(bytes);
    }),
  );
  const first = takeChunkMemory(LARGE);
  giveChunkMemory(first.subarray(7, 9));
  expect(takeChunkMemory(LARGE).buffer).toBe(first.buffer);
});

test('what is given back twice, or is not from here, is not handed out', () => {
  const mine = takeChunkMemory(LARGE);
  const foreign = Buffer.alloc(LARGE);
  for (const bytes of [mine, mine, foreign, new Uint8Array(new SharedArrayBuffer(LARGE))]) giveChunkMemory(bytes);
  const taken = Array.from({ length: 40 }, () => takeChunkMemory(LARGE).buffer);
  expect(taken.filter((buffer) => buffer === mine.buffer)).toHaveLength(1);
  expect(taken).not.toContain(foreign.buffer);
});
