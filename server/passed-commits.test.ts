import { expect, test } from 'vitest';
import { fakeSha } from '../core/model/ids.ts';
import { PassedCommits } from './passed-commits.ts';

const sha = (i: number) => fakeSha(`commit ${i}`);

test('how far behind a commit is, is counted from where current moved on', () => {
  const passed = new PassedCommits();
  for (let i = 0; i < 4; i++) passed.add(sha(i), i * 1_000);
  expect(passed.since(sha(1))).toEqual({ commits: 2, since: 2_000 });
  expect(passed.since(sha(3))).toBe(undefined);
  expect(passed.since(fakeSha('another'))).toBe(undefined);
});

test('I12: a current that was set back has nothing ahead of it', () => {
  const passed = new PassedCommits();
  for (let i = 0; i < 4; i++) passed.add(sha(i), i);
  passed.add(sha(1), 1);
  expect(passed.since(sha(0))).toEqual({ commits: 1, since: 1 });
  expect(passed.since(sha(3))).toBe(undefined);
});

test('what is kept does not grow with the number of commits', () => {
  const passed = new PassedCommits();
  for (let i = 0; i < 1_000; i++) passed.add(sha(i), i);
  expect(passed.since(sha(979))).toBe(undefined);
  expect(passed.since(sha(980))).toEqual({ commits: 19, since: 981 });
});
