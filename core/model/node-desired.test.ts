import { expect, test } from 'vitest';
import { decodeDesired, encodeDesired, type NodeDesired, nodeDesiredSchema } from './node-desired.ts';

const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

test('a record with all of its fields comes back as it was', () => {
  const desired: NodeDesired = nodeDesiredSchema.parse({
    v: 1,
    workspaces: [
      { project: 'demo', root: 'demo' },
      { project: 'site', prefix: 'docs/en', root: '/srv/en', mode: 'receive', idle_remove_ms: 86_400_000 },
    ],
    limits: { up_bytes_per_s: 1_000_000, open_files: 64 },
    answers: { 'deletions-1': 'allow' },
    rescan: { demo: '2026-01-01T00:00:00.000Z' },
  });
  expect(decodeDesired(encodeDesired(desired))).toEqual({ kind: 'desired', desired });
});

test.each([
  [{ v: 2, workspaces: [] }, /^v is 2: /],
  [{ v: 1 }, /^workspaces is missing: /],
  [{ v: 1, workspaces: [{ project: 'Demo', root: 'x' }] }, /^workspaces\.0\.project is "Demo": has 1 to 63 of a-z/],
  [{ v: 1, workspaces: [{ project: 'demo', root: '' }] }, /^workspaces\.0\.root is "": /],
  [{ v: 1, workspaces: [{ project: 'demo', root: 'x', prefix: '../y' }] }, /^workspaces\.0\.prefix is "\.\.\/y": path/],
  [{ v: 1, workspaces: [{ project: 'demo', root: 'x', mode: 'both' }] }, /^workspaces\.0\.mode is "both": .*two-way/],
  [{ v: 1, workspaces: [], limits: { up_bytes_per_s: 0 } }, /^limits\.up_bytes_per_s is 0: /],
  [{ v: 1, workspaces: [], rescan: { demo: 'now' } }, /^rescan\.demo is "now": /],
  [{ v: 1, workspaces: [], answer: {} }, /answer/],
  ['text', /^the record is "text": /],
])('what is wrong is named with its field, its value and the rule: %j', (record, reason) => {
  const decoded = decodeDesired(bytesOf(record));
  expect(decoded).toMatchObject({ kind: 'unreadable', reason: expect.stringMatching(reason) });
});

test('what is no JSON is said to be none', () => {
  expect(decodeDesired(Buffer.from('{'))).toEqual({ kind: 'unreadable', reason: 'it is not JSON' });
});
