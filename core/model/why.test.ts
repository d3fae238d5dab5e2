import { expect, test } from 'vitest';
import { question } from '../node/node-records.fakes.ts';
import { parseNodeId, parseProjectName } from './ids.ts';
import type { Problem } from './node-status.ts';
import { type StorageFacts, type WhyFacts, whyNotArchived, whyOf, worstWhyFirst } from './why.ts';

const facts = (change: Partial<WhyFacts> = {}): WhyFacts => ({
  node: parseNodeId('node-b'),
  project: parseProjectName('demo'),
  state: 'in-sync',
  sentence: 'In sync.',
  start: 'npx fs-sync agent --node node-b',
  problems: [],
  problemCount: 0,
  pendingDown: 0,
  hasBase: true,
  leftOut: 0,
  isColdAway: false,
  ...change,
});
const problem = (path: string, code: Problem['code'], reason = 'Why.'): Problem => ({
  path,
  code,
  reason,
  since: '2026-06-01T12:00:00.000Z',
});
const lost = problem('a.bin', 'object-missing', 'Its bytes are only in cold, which answers 503.');
const full = problem('b.bin', 'disk-full', 'Free some space.');

test.each<[string, Partial<WhyFacts>, string, string | undefined]>([
  ['in sync', {}, 'node-b is in sync.', undefined],
  [
    'ignored',
    { leftOut: 2 },
    'node-b is in sync. 2 paths of the project are ignored there and stay in the project.',
    'command npx fs-sync project forget-ignored demo',
  ],
  [
    'silent',
    { state: 'offline', sentence: 'node-b has not been heard of since 12:01:00 UTC' },
    'node-b has not been heard of since 12:01:00 UTC',
    'command npx fs-sync agent --node node-b',
  ],
  [
    'stopped',
    { state: 'left', sentence: 'node-b was stopped' },
    'node-b was stopped',
    'command npx fs-sync agent --node node-b',
  ],
  ['idle', { state: 'removed', sentence: 'Removed.' }, 'node-b: Removed.', 'look-again Bring it back'],
  ['syncing', { state: 'syncing', sentence: '↑ 3/4' }, 'node-b: ↑ 3/4', undefined],
  ['blocked', { state: 'blocked', sentence: 'NATS is full.' }, 'node-b: NATS is full.', 'look-again Retry now'],
  [
    'never taken',
    { state: 'blocked', sentence: 'This node does not take the workspace.', hasBase: false },
    'node-b: This node does not take the workspace.',
    'node-page',
  ],
  [
    'deletions',
    { state: 'blocked', question: question('q') },
    'node-b sends nothing until it is told whether 30 of 40 files are to be deleted.',
    'restore',
  ],
  [
    'answered',
    { state: 'blocked', question: question('q'), answer: 'restore' },
    'node-b was told to restore 30 paths, and is about to act on it.',
    undefined,
  ],
  [
    'changed where only received',
    { state: 'skipping', question: question('q', { kind: 'local-changes', count: 1 }) },
    'node-b only receives, and 1 path was changed there: newer versions of it wait.',
    'restore',
  ],
  [
    'content that no tier gives',
    { state: 'waiting', pendingDown: 3, problems: [full, lost, { ...lost, path: 'c.bin' }], problemCount: 3 },
    'node-b waits for 3 paths. a.bin: Its bytes are only in cold, which answers 503.',
    'job repair',
  ],
  [
    'content while cold is away',
    { state: 'waiting', pendingDown: 1, problems: [lost], problemCount: 1, isColdAway: true },
    'node-b waits for 1 path. a.bin: Its bytes are only in cold, which answers 503.',
    'look-again Retry now',
  ],
  [
    'a full disk',
    { state: 'waiting', pendingDown: 2, problems: [full], problemCount: 1 },
    'node-b waits for 2 paths. b.bin: Free some space.',
    'look-again Retry now',
  ],
  [
    'skipped',
    {
      state: 'skipping',
      problems: [problem('.fsignore', 'ignore-rule'), problem('l', 'symlink')],
      problemCount: 1_202,
    },
    'node-b is in sync but for 1,201 paths. l: Why.',
    'look-again Compare again',
  ],
])('%s', (_name, change, sentence, fix) => {
  const why = whyOf(facts(change));
  expect([
    why.sentence,
    why.fix &&
      Object.values(why.fix)
        .filter((value) => typeof value === 'string')
        .join(' '),
  ]).toEqual([sentence, fix]);
});

test.each<[Partial<StorageFacts>, boolean, string, string | undefined]>([
  [{}, true, 'All of it is proven in cold storage.', undefined],
  [{ toArchive: 1 }, true, '1 object waits to be archived, which takes a moment.', undefined],
  [{ toArchive: 3, isLate: true }, false, '3 objects wait to be archived, for longer than usual.', 'job'],
  [
    { toArchive: 3, isLate: true, isColdAway: true },
    false,
    '3 objects wait to be archived: cold storage cannot be used now.',
    undefined,
  ],
  [
    { toArchive: 3, deadLetters: 1 },
    false,
    '1 object cannot be archived: hot has no good copy of it.',
    'retry-dead-letters',
  ],
])('of storage: %j', (change, isFine, sentence, fix) => {
  const why = whyNotArchived({ toArchive: 0, isLate: false, deadLetters: 0, isColdAway: false, ...change });
  expect([why.isFine, why.sentence, why.fix?.kind]).toEqual([isFine, sentence, fix]);
});

test('what a person has to know first comes first', () => {
  const all = [
    facts(),
    facts({ state: 'skipping', node: parseNodeId('node-z'), question: question('q') }),
    facts({ state: 'waiting' }),
    facts({ state: 'waiting', node: parseNodeId('node-y'), question: question('q') }),
    facts({ state: 'blocked' }),
    facts({ state: 'blocked', node: parseNodeId('node-c'), question: question('q') }),
    facts({ node: parseNodeId('node-a') }),
  ].toSorted(worstWhyFirst);
  expect(all.map(({ node, state }) => `${node} ${state}`)).toEqual([
    'node-c blocked',
    'node-b blocked',
    'node-y waiting',
    'node-z skipping',
    'node-b waiting',
    'node-a in-sync',
    'node-b in-sync',
  ]);
});
