import { expect, test } from 'vitest';
import { fakePath } from '../../core/model/rel-path.ts';
import { describeFaults, parseRules } from './parse-rules.ts';

test('a rule is told from the project’s top: one with a slash is held to its directory, another counts below it', () => {
  const { patterns } = parseRules('*.o\n/out\na/b\nlogs/\n!keep\n!/x/', fakePath('lib'));
  expect(patterns).toEqual(['/lib/**/*.o', '/lib/out', '/lib/a/b', '/lib/**/logs/', '!/lib/**/keep', '!/lib/x/']);
});

test('spaces at the end of a line do not count, unless a backslash keeps one', () => {
  expect(parseRules('a  \nb\\ \nc\\\\  \n   ', '').patterns).toEqual(['a', 'b\\ ', 'c\\\\']);
});

test.each([
  ['foo\\', /backslash/],
  ['foo[ab', /never closed/],
  ['[]a', /never closed/],
  ['[[:alpha:]', /never closed/],
  ['a[!]', /never closed/],
  ['!', /names nothing/],
  ['/', /names nothing/],
  ['!/', /names nothing/],
  ['./build', /begin it with \//],
  ['../build', /begin it with \//],
  ['a/../b/', /begin it with \//],
  ['bad\ufffd', /UTF-8/],
  ['x'.repeat(4097), /longer than any path/],
])('a line that can never match is a fault: %s', (line, why) => {
  const { patterns, faults } = parseRules(`*.log\n\n${line}\n*.tmp`, '');
  expect(patterns).toEqual(['*.log', '*.tmp']);
  expect(faults).toEqual([{ line: 3, text: line, why: expect.stringMatching(why) }]);
});

test.each([
  ['[ab]'],
  ['[]a]'],
  ['[!]a]'],
  ['[a\\]]'],
  ['[[:digit:]x]'],
  ['\\[a'],
  ['a\\\\'],
  ['a..b'],
  ['.hidden'],
  ['...'],
])('a line that can match is none: %s', (line) => {
  expect(parseRules(line, '')).toEqual({ patterns: [line], faults: [] });
});

test('faults are one sentence with the first line, its text and the reason', () => {
  const { faults } = parseRules('ok\n[a\n!\nfoo\\', '');
  expect(describeFaults([])).toBe(undefined);
  expect(describeFaults(faults)).toBe(
    'Line 2, "[a", is without effect: its [ is never closed by a ]: write \\[ for the character itself. ' +
      'So are 2 more lines. The other lines count.',
  );
  expect(describeFaults(parseRules('x'.repeat(200_000), '').faults)?.length).toBeLessThan(300);
  expect(describeFaults(faults.slice(1, 2))).toMatch(/^Line 3, "!", is without effect: it names nothing\. The other/);
});
