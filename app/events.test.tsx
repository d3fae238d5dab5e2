// The feed: its window, its stream, its filters, an open event.
import { expect, test } from 'vitest';
import { fakeEvent, oneOfEach } from './testing/fake-events.ts';
import { FAKE_NOW, FakeServices, fakeNode } from './testing/fake-services.ts';
import { openPages } from './testing/open-pages.ts';
import { fieldsOf, readEvents } from './testing/sse-reader.ts';

const seqsOf = (html: string) => [...html.matchAll(/data-seq="(\d+)"/g)].map(([, seq]) => Number(seq));

function feed(count: number) {
  const services = new FakeServices();
  services.project('demo');
  for (let i = 0; i < count; i++)
    services.emit(fakeEvent('NodeLeft', { node: fakeNode('n').node, reason: `r${i}` }, FAKE_NOW));
  return services;
}

/** Follows a stream and gives its patches one by one. */
async function follow(services: FakeServices, address: string) {
  const answer = await openPages(services).get(address, { accept: 'text/event-stream' });
  const reader = answer.body?.getReader();
  const next = async () => new TextDecoder().decode((await reader?.read())?.value);
  expect(readEvents(await next())).toEqual([]);
  return { next, end: () => reader?.cancel() };
}

test('shows the newest 500, newest first, and a way to the older ones', async () => {
  const html = await openPages(feed(620)).html('/events');
  const seqs = seqsOf(html);
  expect(seqs).toHaveLength(500);
  expect([seqs[0], seqs[499]]).toEqual([620, 121]);
  const older = /href="(\/events\?before=121)" rel="next"/.exec(html)?.[1] ?? '';
  expect(seqsOf(await openPages(feed(620)).html(older))[0]).toBe(120);
});

test('a stream that goes on from the newest row sends only what is newer, oldest first for prepending', async () => {
  const services = feed(3);
  const stream = await follow(services, '/events/live?have=%2Fevents&from=3');
  expect(await stream.next()).not.toContain('data-seq');
  for (let i = 0; i < 2; i++) services.emit(fakeEvent('NodeLeft', { node: fakeNode('n').node, reason: 'x' }, FAKE_NOW));
  const patch = readEvents(await stream.next())
    .map(fieldsOf)
    .find(({ mergeMode }) => mergeMode === 'prepend');
  expect(patch?.selector).toBe('#event-rows');
  expect(seqsOf(patch?.fragments ?? '')).toEqual([4, 5]);
  await stream.end();
  expect(services.listeners).toBe(0);
});

test('a tab that lacks more than a window gets the window whole', async () => {
  const services = feed(900);
  const stream = await follow(services, '/events/live?have=%2Fevents&from=3');
  const whole = readEvents(await stream.next())
    .map(fieldsOf)
    .find(({ fragments }) => fragments?.startsWith('<tbody'));
  expect(seqsOf(whole?.fragments ?? '')).toHaveLength(500);
  await stream.end();
});

test('a tab with another filter gets its window whole, whatever row it starts from', async () => {
  const services = feed(5);
  const stream = await follow(services, '/events/live?category=system&have=%2Fevents&from=3');
  expect(seqsOf(await stream.next())).toEqual([5, 4, 3, 2, 1]);
  await stream.end();
});

test('a paused tab hears only how many events it holds back', async () => {
  const services = feed(3);
  const stream = await follow(services, '/events/live?from=1&paused=');
  const text = await stream.next();
  expect(readEvents(text).find(({ type }) => type === 'fresh')?.data).toBe('2');
  expect(text).not.toContain('data-seq');
  await stream.end();
});

test('filters by category, project and path are in the address, and an odd one is no filter', async () => {
  const services = feed(2);
  for (const event of oneOfEach(FAKE_NOW)) services.emit(event);
  const pages = openPages(services);
  const categoriesOf = (html: string) =>
    new Set([...html.matchAll(/<tr[^>]*data-category="(\w+)"/g)].map(([, name]) => name));
  expect(categoriesOf(await pages.html('/events?category=create&category=move'))).toEqual(new Set(['create', 'move']));
  expect(seqsOf(await pages.html('/events?category=nonsense&project=NO+SLUG&before=x'))).toHaveLength(27);
  expect(await pages.html('/events?category=access&path=nowhere')).toContain('No event matches');
  expect(seqsOf(await pages.html('/events?path=docs/guide.md')).length).toBeGreaterThan(0);
  expect(seqsOf(await pages.html('/events?after=24'))).toEqual([27, 26, 25]);
});

test('an open event shows its JSON; one that is not kept says so', async () => {
  const pages = openPages(feed(2));
  expect(await pages.html('/events?open=2')).toContain('&quot;reason&quot;: &quot;r1&quot;');
  expect(await pages.html('/events?open=99')).toContain('not kept any more');
});
