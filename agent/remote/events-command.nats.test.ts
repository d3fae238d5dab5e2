// `fs-sync events` as a person uses it who is elsewhere, against a server that is a process of its own.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commitText } from '../../core/testing/test-project.ts';
import { type ApiServer, openApiServer } from '../testing/api-server.ts';
import { parseSince } from './events-command.ts';

let at: ApiServer;
beforeAll(async () => {
  at = await openApiServer(({ io }) => commitText(io, 'docs/a.md', 'a file'));
});
afterAll(() => at.close());

test('what was is told of a project, in order, and from a cursor on', async () => {
  const read = async (...args: string[]) => (await at.run(['events', '--project', 'demo', ...args])).out;
  await expect.poll(() => read()).toContain('ProjectCurrentChanged');
  expect(await read('--type', 'PathCreated')).toMatch(/^\S+Z {2}PathCreated {2}demo {2}docs\/a\.md {2}by \S+\n$/);
  const [first, ...rest] = (await read('--json'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(first).toMatchObject({ type: 'ProjectCreated', project: 'demo', cursor: expect.stringMatching(/^\d+\./) });
  const after = (await read('--json', '--since', first.cursor))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(after.slice(0, rest.length)).toEqual(rest);
  const all = await at.run(['events']);
  expect([all.code, all.err]).toEqual([2, expect.stringContaining('give --project <name> for what was, or --follow')]);
  const none = await at.run(['events', '--follow', '--project', 'none']);
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('There is no project none')]);
});

test('what comes is followed, and a signal ends it', async () => {
  const following = at.start(['events', '--follow', '--type', 'PathCreated', '--since', '1d']);
  await following.said(/PathCreated {2}demo {2}docs\/a\.md/);
  await commitText(at.works.io, 'docs/b.md', 'another');
  await following.said(/PathCreated {2}demo {2}docs\/b\.md/);
  following.child.kill('SIGTERM');
  const { code, err } = await following.ended;
  expect([code, err]).toEqual([0, '']);
});

test.each([
  ['17.0123456789ab', { kind: 'cursor', cursor: '17.0123456789ab' }],
  ['30m', { kind: 'moment', at: 10_000_000 - 1_800_000 }],
  ['1970-01-01T00:00:05Z', { kind: 'moment', at: 5_000 }],
])('--since %s', (text, expected) => {
  expect(parseSince(text, 10_000_000)).toEqual(expected);
});

test.each(['yesterday', '', '5', '12.xyz'])('--since %j is refused with what it takes', (text) => {
  expect(() => parseSince(text, 0)).toThrow('give how long ago');
});
