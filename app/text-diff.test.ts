import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textDiff } from './text-diff.ts';

test('lines have their numbers in both versions, and some unchanged ones stand around', () => {
  const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].join('\n');
  const after = before.replace('e', 'E').replace('f\n', '');
  const diff = textDiff(before, after);
  expect(diff).toMatchObject({ kind: 'hunks', added: 1, removed: 2 });
  expect(diff.kind === 'hunks' && diff.hunks.flat().map(({ before, after, text }) => [before, after, text])).toEqual([
    [2, 2, 'b'],
    [3, 3, 'c'],
    [4, 4, 'd'],
    [5, undefined, 'e'],
    [6, undefined, 'f'],
    [undefined, 5, 'E'],
    [7, 6, 'g'],
    [8, 7, 'h'],
    [9, 8, 'i'],
  ]);
});

test('what was removed and what was added lead from any text to any other', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const diff = textDiff(before, after);
      const lines = diff.kind === 'hunks' ? diff.hunks.flat() : [];
      for (const line of lines) {
        if (line.before !== undefined) expect(before.split('\n')[line.before - 1]).toBe(line.text);
        if (line.after !== undefined) expect(after.split('\n')[line.after - 1]).toBe(line.text);
      }
      if (before === after) expect(lines).toEqual([]);
    }),
  );
});

test('texts that differ in very many lines are not compared', () => {
  const lines = (word: string) => Array.from({ length: 3_000 }, (_, n) => `${word} ${n}`).join('\n');
  expect(textDiff(lines('one'), lines('two'))).toEqual({ kind: 'too-different' });
});
