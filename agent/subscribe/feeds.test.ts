import { expect, test } from 'vitest';
import { systemClock } from '../../core/model/clock.ts';
import { fakeSha, InvalidValueError, parseProjectName } from '../../core/model/ids.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import type { WorkspaceSpec } from '../workspace-spec.ts';
import type { FeedBody } from './feed-event.ts';
import { selectEvent, wantsWorkspace } from './feed-filter.ts';
import { parseFeedPlace } from './feed-place.ts';
import { Feeds, type Follower } from './feeds.ts';

const specOf = (project: string): WorkspaceSpec => ({ project: parseProjectName(project), root: `/srv/${project}` });
const committed = (path = 'a'): FeedBody => ({
  type: 'committed',
  commit: fakeSha(path),
  count: 1,
  paths: [{ path: fakePath(path), change: 'created' }],
  more: false,
});
const open = (limits?: { events: number; bytes: number }) => new Feeds(systemClock, limits);
const { signal } = new AbortController();

/** Types and paths of the next batch, in short. */
async function next(follower: Follower): Promise<string[]> {
  const items = await follower.next(signal);
  return items.map(({ event }) => {
    if (event.type === 'reset') return `${event.project} reset ${event.reason}`;
    return `${event.project} ${event.paths.map(({ path }) => path).join(' ')}`;
  });
}

test('a reader gets what comes after it came, of all workspaces in the order in which it happened', async () => {
  const feeds = open();
  const [one, two] = [feeds.of(specOf('one')), feeds.of(specOf('two'))];
  one.publish(committed('before'));
  const follower = feeds.follow();
  const first = next(follower);
  two.publish(committed('x'));
  expect(await first).toEqual(['two x']);
  one.publish(committed('y'));
  two.publish(committed('z'));
  expect(await next(follower)).toEqual(['one y', 'two z']);
});

test('from the last event that a reader has it goes on without a gap, and nothing comes twice', async () => {
  const feeds = open();
  const feed = feeds.of(specOf('one'));
  for (const path of ['a', 'b', 'c']) feed.publish(committed(path));
  const [first] = await feeds.follow({ after: feeds.sequence.placeOf(0) }).next(signal);
  expect(first?.event).toMatchObject({ id: first?.place, paths: [{ path: 'a' }] });
  expect(await next(feeds.follow({ after: first?.place }))).toEqual(['one b', 'one c']);
});

test('a reader whose last event is not kept any more is told to read everything again, and gets what is kept', async () => {
  const feeds = open({ events: 2, bytes: 1_000_000 });
  const [busy, quiet] = [feeds.of(specOf('busy')), feeds.of(specOf('quiet'))];
  const start = feeds.sequence.placeOf(0);
  quiet.publish(committed('kept'));
  for (const path of ['a', 'b', 'c']) busy.publish(committed(path));
  const follower = feeds.follow({ after: start });
  expect(await next(follower)).toEqual(['quiet kept', 'busy reset too-old', 'busy b', 'busy c']);
  // A busy workspace costs a quiet one nothing.
  expect(await next(feeds.follow({ after: start, wants: ({ project }) => project === 'quiet' }))).toEqual([
    'quiet kept',
  ]);
});

test('a reader that falls behind is told so, and where it can go on', async () => {
  const feeds = open({ events: 1_000, bytes: 500 });
  const feed = feeds.of(specOf('one'));
  const follower = feeds.follow();
  feed.publish(committed('a'));
  await follower.next(signal);
  for (const path of ['b', 'c', 'd', 'e']) feed.publish(committed(path));
  const items = await follower.next(signal);
  expect(items[0]?.event).toMatchObject({ type: 'reset', reason: 'too-slow' });
  const rest = items.slice(1).map(({ event }) => event.id);
  expect(rest.length).toBeGreaterThan(0);
  const again = await feeds.follow({ after: items[0]?.place }).next(signal);
  expect(again.map(({ event }) => event.id)).toEqual(rest);
});

test('after a restart every workspace is told to be read again, and only the last of these moves the place', async () => {
  const before = open();
  before.of(specOf('one')).publish(committed());
  const old = before.sequence.placeOf(before.sequence.last);
  const feeds = open();
  for (const project of ['one', 'two']) feeds.of(specOf(project));
  feeds.of(specOf('one')).publish(committed('seen already'));
  const items = await feeds.follow({ after: old }).next(signal);
  expect(items.map(({ place, event }) => [place === old, event.project, event.type])).toEqual([
    [true, 'one', 'reset'],
    [false, 'two', 'reset'],
  ]);
  const follower = feeds.follow({ after: items[1]?.place });
  feeds.of(specOf('two')).publish(committed('new'));
  expect(await next(follower)).toEqual(['two new']);
});

test('a place that never was is as good as one of another run; text that is none is refused', async () => {
  const feeds = open();
  feeds.of(specOf('one'));
  const items = await feeds.follow({ after: feeds.sequence.placeOf(7) }).next(signal);
  expect(items.map(({ event }) => event.type)).toEqual(['reset']);
  expect(() => parseFeedPlace('7')).toThrow(InvalidValueError);
  expect(() => parseFeedPlace('0a1b2c3d-1\nevent: x')).toThrow(/is no event id/);
});

test('a workspace that came back is read again by those who knew it before, and is nothing new to the others', async () => {
  const feeds = open();
  feeds.of(specOf('one')).publish(committed('a'));
  const before = feeds.sequence.placeOf(feeds.sequence.last);
  feeds.of(specOf('two')).publish(committed('b'));
  feeds.remove(specOf('one'));
  const follower = feeds.follow();
  const back = feeds.of(specOf('one'));
  back.publish(committed('c'));
  expect(await next(follower)).toEqual(['one c']);
  const known = feeds.follow({ after: before, wants: ({ project }) => project === 'one' });
  expect(await next(known)).toEqual(['one reset too-old', 'one c']);
});

test('what is kept is bounded by number and by bytes, and the newest is always there', () => {
  const feed = open({ events: 3, bytes: 1_000_000 }).of(specOf('one'));
  for (let i = 0; i < 10; i++) feed.publish(committed(`${i}`));
  expect(feed.after(0, 100).map(({ number }) => number)).toEqual([8, 9, 10]);
  const small = open({ events: 100, bytes: 10 }).of(specOf('one'));
  for (let i = 0; i < 10; i++) small.publish(committed(`${i}`));
  expect(small.after(0, 100).map(({ number }) => number)).toEqual([10]);
});

test('a filter takes workspaces, types and paths; what is not listed may be wanted, and a reset always is', () => {
  const feed = open().of(specOf('one'));
  const event = feed.publish({
    type: 'applied',
    commit: fakeSha('c'),
    from: null,
    count: 3,
    paths: [
      { path: fakePath('docs/a'), change: 'created' },
      { path: fakePath('docs-2/b'), change: 'created' },
      { path: fakePath('elsewhere'), change: 'moved', from: fakePath('docs/c') },
    ],
    more: false,
  });
  expect(selectEvent(event, { types: ['seen'] })).toBeUndefined();
  expect(selectEvent(event, { path: fakePath('none') })).toBeUndefined();
  const docs = selectEvent(event, { path: fakePath('docs'), types: ['applied'] });
  expect(docs).toMatchObject({ count: 2, paths: [{ path: 'docs/a' }, { path: 'elsewhere' }] });
  const many = feed.publish({ type: 'seen', count: 2_000, paths: [], more: true });
  expect(selectEvent(many, { path: fakePath('none') })).toMatchObject({ paths: [], more: true });
  const reset = feed.publish({ type: 'reset', reason: 'went-back' });
  expect(selectEvent(reset, { types: ['seen'], path: fakePath('none') })).toBe(reset);
  expect(['one', 'two'].map((project) => wantsWorkspace({ project })(specOf('one')))).toEqual([true, false]);
  expect(['/srv/one', '/srv'].map((root) => wantsWorkspace({ root })(specOf('one')))).toEqual([true, false]);
});
