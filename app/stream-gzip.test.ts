import { createGunzip } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GZIP_HEAD, gzipPiece } from './stream-gzip.ts';

test('each piece can be read when it is there, whatever came before it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 8 }),
      async (texts) => {
        const plain = createGunzip();
        plain.write(GZIP_HEAD);
        for (const text of texts) {
          const shown: Buffer[] = [];
          const bytes = Buffer.byteLength(text);
          const whole = new Promise<void>((resolve, reject) => {
            plain.once('error', reject);
            plain.on('data', function take(chunk: Buffer) {
              shown.push(chunk);
              if (Buffer.concat(shown).length < bytes) return;
              plain.off('data', take);
              resolve();
            });
          });
          plain.write(gzipPiece(text));
          await whole;
          expect(Buffer.concat(shown).toString()).toBe(text);
        }
        plain.destroy();
      },
    ),
    { numRuns: 50 },
  );
});

test('many streams that send the same text share its bytes', () => {
  const text = '<tr>'.repeat(1_000);
  expect(gzipPiece(text)).toBe(gzipPiece(`${text.slice(0, 100)}${text.slice(100)}`));
  expect(gzipPiece(text).length).toBeLessThan(200);
});
