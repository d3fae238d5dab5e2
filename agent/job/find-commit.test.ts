import { expect, test } from 'vitest';
import { parseProjectName, parseSha } from '../../core/model/ids.ts';
import { onlyCommit } from './find-commit.ts';

const demo = parseProjectName('demo');
const sha = (beginning: string) => parseSha(beginning.padEnd(64, '0'));

test('what is the beginning of several commits is refused, and these are named', () => {
  const named = (found: readonly string[]) => onlyCommit(demo, 'abcdef', found.map(sha), (one) => one);
  expect(named(['abcdef12'])).toBe(sha('abcdef12'));
  expect(() => named([])).toThrow('project demo has no commit abcdef');
  expect(() => named(['abcdef12', 'abcdef34'])).toThrow(
    'abcdef is the beginning of 2 commits, abcdef120000, abcdef340000: give more digits',
  );
  const many = Array.from({ length: 7 }, (_, i) => `abcdef${i}`);
  expect(() => named(many)).toThrow('abcdef400000 and 2 more: give more digits');
});
