import { expect, test } from 'vitest';
import { workspaceStatus } from '../node/node-records.fakes.ts';
import type { Problem } from './node-status.ts';
import { verdictOf, wordOf } from './verdict.ts';

const problem = (path: string, code: Problem['code']): Problem => ({
  path,
  code,
  reason: 'Why.',
  since: '2026-06-01T12:00:00.000Z',
});
const link = problem('link', 'symlink');
const rule = problem('.fsignore', 'ignore-rule');

test('paths that hold nothing else up are skipped, whether they wait or are never carried; notes are not', () => {
  const said = (state: 'in-sync' | 'held' | 'blocked' | 'syncing', problems: Problem[], count = problems.length) =>
    wordOf(verdictOf(workspaceStatus({ state, problems, problem_count: count })));
  expect(said('in-sync', [])).toBe('In sync');
  expect(said('in-sync', [rule])).toBe('In sync');
  expect(said('in-sync', [rule, link])).toBe('In sync, 1 skipped');
  expect(said('held', [problem('secret', 'unreadable')])).toBe('In sync, 1 skipped');
  const waiting = (pending_down: number) =>
    wordOf(verdictOf(workspaceStatus({ state: 'held', pending_down, problems: [link], problem_count: 1 })));
  expect([waiting(0), waiting(1), waiting(3_000)]).toEqual(['In sync, 1 skipped', '1 waits', '3,000 wait']);
  expect(said('in-sync', [rule, link], 1_202)).toBe('In sync, 1,201 skipped');
  expect(said('blocked', [link])).toBe('Blocked');
  expect(said('syncing', [link])).toBe('Syncing');
});
