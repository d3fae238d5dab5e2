// The feed: its window, its stream, its filters, an open event.
import { expect, test } from 'vitest';
import { fakeSha } from '../core/model/ids.ts';
import { fakeEvent, oneOfEach } from './testing/fake-events.ts';
import { fakeNode } from './testing/fake-nodes.ts';
import { FakeServices } from './testing/fake-services.ts';
import { FAKE_NOW } from './testing/fake-time.ts';
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
  const older = /href="(\/events\?at=120)" rel="next"/.exec(html)?.[1] ?? '';
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
  const each = oneOfEach(FAKE_NOW);
  for (const event of each) services.emit(event);
  const count = 2 + each.length;
  const pages = openPages(services);
  const typesOf = (html: string) => new Set([...html.matchAll(/<tr[^>]*data-type="(\w+)"/g)].map(([, name]) => name));
  const categoriesOf = (html: string) =>
    new Set([...html.matchAll(/<tr[^>]*data-category="(\w+)"/g)].map(([, name]) => name));
  expect(categoriesOf(await pages.html('/events?category=create&category=move'))).toEqual(new Set(['create', 'move']));
  expect(seqsOf(await pages.html('/events?category=nonsense&project=NO+SLUG&at=x&type=No&actor='))).toHaveLength(count);
  const none = await pages.html('/events?category=access&path=nowhere');
  expect(none).toContain('No event matches');
  expect(none).toContain('The filter wants the whole path of a file or folder');
  expect(none).toContain('placeholder="Whole path"');
  expect(none).toContain('href="/find?q=nowhere"');
  expect(seqsOf(await pages.html('/events?path=docs/guide.md')).length).toBeGreaterThan(0);
  expect(seqsOf(await pages.html('/events?path=docs/'))).toEqual(seqsOf(await pages.html('/events?path=docs')));
  expect(typesOf(await pages.html('/events?type=PathMoved'))).toEqual(new Set(['PathMoved']));
  expect(await pages.html('/events?type=PathMoved')).toContain('<option value="PathMoved" selected="">Path moved');
  expect(seqsOf(await pages.html('/events?actor=nobody'))).toEqual([]);
  expect(seqsOf(await pages.html(`/events?after=${count - 3}`))).toEqual([count, count - 1, count - 2]);
});

test('an open event shows its JSON; one that is not kept says so', async () => {
  const pages = openPages(feed(2));
  expect(await pages.html('/events?open=2')).toContain('\n    &quot;reason&quot;: &quot;r1&quot;');
  expect(await pages.html('/events?open=99')).toContain('not kept any more');
});

test('a cursor is a window that stands still, counts what came after it, and leads on both ways', async () => {
  const services = feed(1300);
  const pages = openPages(services);
  const html = await pages.html('/events?at=700');
  const seqs = seqsOf(html);
  expect([seqs[0], seqs.at(-1)]).toEqual([700, 201]);
  expect(html).toContain('Paused at event 700');
  expect(html).toContain('500+ new ↑');
  expect(/href="([^"]*)" rel="prev"/.exec(html)?.[1]).toBe('/events?at=1200');
  expect(/href="([^"]*)" rel="next"/.exec(html)?.[1]).toBe('/events?at=200');
  expect(/href="([^"]*)" rel="prev"/.exec(await pages.html('/events?at=1200'))?.[1]).toBe('/events');
  const stream = await follow(services, '/events/live?at=700&from=700');
  expect(readEvents(await stream.next()).find(({ type }) => type === 'fresh')?.data).toBe('500+');
  await stream.end();
});

test('a cursor that is not kept any more offers the oldest, one that is ahead the newest', async () => {
  const services = feed(1300);
  services.forgetEvents(700);
  const pages = openPages(services);
  const expired = await pages.html('/events?at=20');
  expect(expired).toContain('Event 20 is not kept any more; the oldest that is kept is 701.');
  const oldest = /href="(\/events\?at=\d+)">Show the oldest/.exec(expired)?.[1] ?? '';
  expect(seqsOf(await pages.html(oldest)).at(-1)).toBe(701);
  expect(await pages.html('/events?after=20')).toContain('Event 20 is not kept any more');
  const ahead = await pages.html('/events?at=5000');
  expect(ahead).toContain('Event 5,000 has not happened yet; the newest is 1,300.');
  expect(seqsOf(ahead)[0]).toBe(1300);
  expect(await pages.html('/events?at=900')).not.toContain('id="expired"');
});

test('a moment leads to the events before it', async () => {
  const services = feed(3);
  for (const minute of [1, 2, 3])
    services.emit(fakeEvent('NodeLeft', { node: fakeNode('n').node, reason: 'x' }, FAKE_NOW + minute * 60_000));
  const pages = openPages(services);
  const to = async (at: number) =>
    (await pages.get(`/events?time=${new Date(at).toISOString()}&project=demo`)).headers.get('location');
  expect(await to(FAKE_NOW + 90_000)).toBe('/events?project=demo&at=4');
  expect(await to(FAKE_NOW + 900_000)).toBe('/events?project=demo');
});

test('after a lost line the feed says what came meanwhile, between what was there and what is new', async () => {
  const services = feed(5);
  const patchOf = async (from: number) => {
    const stream = await follow(services, `/events/live?have=%2Fevents&from=${from}&lost=${FAKE_NOW}`);
    const [first] = readEvents(await stream.next())
      .map(fieldsOf)
      .filter(({ fragments }) => fragments?.includes('gap-'));
    await stream.end();
    return first;
  };
  const patch = await patchOf(3);
  expect(patch).toMatchObject({ mergeMode: 'prepend', selector: '#event-rows' });
  expect(patch?.fragments).toMatch(
    /^<tr[^>]*id="gap-3-\d+".*2 events came meanwhile; none is missing.*data-seq="4".*data-seq="5"/,
  );
  expect((await patchOf(5))?.fragments).toContain('Nothing happened meanwhile.');
  for (let i = 0; i < 600; i++)
    services.emit(fakeEvent('NodeLeft', { node: fakeNode('n').node, reason: 'x' }, FAKE_NOW));
  const whole = await patchOf(5);
  expect(whole?.fragments).toMatch(/data-seq="106".*More than 500 events came meanwhile.*<\/tbody>$/);
});

test('a tab whose newest event the stream does not have any more gets the window anew', async () => {
  const stream = await follow(feed(4), '/events/live?have=%2Fevents&from=900');
  const whole = readEvents(await stream.next())
    .map(fieldsOf)
    .find(({ fragments }) => fragments?.startsWith('<tbody'));
  expect(seqsOf(whole?.fragments ?? '')).toEqual([4, 3, 2, 1]);
  await stream.end();
});

test('an object is shown by the name of its file, also when the name is known only after its event', async () => {
  const services = feed(1);
  const sha = fakeSha('named');
  const created = () => fakeEvent('ObjectCreated', { sha, size: 3, mime: 'text/plain' }, FAKE_NOW, { project: 'demo' });
  const stream = await follow(services, '/events/live?have=%2Fevents&from=1');
  await stream.next();
  services.emit(created());
  expect(await stream.next()).toContain(sha.slice(0, 12));
  services.names.set(sha, 'docs/a.md');
  services.emit(fakeEvent('NodeLeft', { node: fakeNode('n').node, reason: 'x' }, FAKE_NOW));
  const patches = readEvents(await stream.next())
    .map(fieldsOf)
    .map(({ fragments }) => fragments ?? '');
  expect(patches.find((text) => text.includes('id="e-2"'))).toContain('href="/p/demo/file?path=docs%2Fa.md"');
  await stream.end();
  expect(await openPages(services).html('/events')).toContain('docs/a.md');
});
