// The page of metrics on a fake server: what it says with samples, without, and with gaps, and how it follows them.
import { expect, test } from 'vitest';
import { parseProjectName } from '../core/model/ids.ts';
import type { MetricPoint } from './metrics-view.ts';
import { fakeEvent } from './testing/fake-events.ts';
import { FakeServices } from './testing/fake-services.ts';
import { FAKE_NOW } from './testing/fake-time.ts';
import { textOf } from './testing/node-pages.ts';
import { openPages } from './testing/open-pages.ts';
import { fieldsOf, readEvents } from './testing/sse-reader.ts';

const STEP = 15_000;
const sample = (at: number, values: MetricPoint['values'] = { hot_bytes: 4_000 }): MetricPoint => ({ at, values });
const quarter = (from = FAKE_NOW - 60 * STEP): MetricPoint[] => {
  const points = [];
  for (let at = from; at <= FAKE_NOW; at += STEP) points.push(sample(at));
  return points;
};

function withSamples(samples: readonly MetricPoint[]): FakeServices {
  const services = new FakeServices();
  services.samples = samples;
  return services;
}

test('each plot is drawn on the server, with its newest values and a table of them', async () => {
  const html = await openPages(withSamples(quarter())).html('/metrics-view?range=15m');
  const plots = html.split('<section class="plot"').slice(1);
  expect(plots).toHaveLength(8);
  for (const plot of plots) {
    expect(plot).toMatch(/<svg [^>]*role="img" aria-label="[^"]+, the last 15 min: /);
    expect(plot).toContain('<table>');
  }
  expect(plots[0]).toMatch(/data-value="Hot"[^>]*>4\.0 kB</);
  expect(plots[0]).toContain(
    'aria-label="Storage, the last 15 min: Hot 4.0 kB now, at most 4.0 kB; Cold – now, at most –"',
  );
  expect(html).not.toContain('No samples');
});

test('the range is in the address; one that is none is the usual one', async () => {
  const pages = openPages(withSamples(quarter()));
  const chosen = async (path: string) => /aria-current="true"[^>]*>([^<]*)/.exec(await pages.html(path))?.[1];
  expect(await chosen('/metrics-view?range=7d')).toBe('7 d');
  expect(await chosen('/metrics-view')).toBe('1 h');
  expect(await chosen('/metrics-view?range=%3Cb%3E')).toBe('1 h');
});

test('before the first sample the page says when there will be one', async () => {
  const text = textOf(await openPages(new FakeServices()).html('/metrics-view'));
  expect(text).toContain('No samples yet');
  expect(text).toContain('No samples in this time.');
});

test('a gap is marked and told, and is not drawn as nothing', async () => {
  const samples = quarter().filter(({ at }) => at < FAKE_NOW - 30 * STEP || at >= FAKE_NOW - 10 * STEP);
  const html = await openPages(withSamples(samples)).html('/metrics-view?range=15m');
  expect(textOf(html)).toContain('No samples from 11:52:30 to 11:57:30');
  expect(html).toMatch(/<rect class="plot-gap" x="48\.33%" width="33\.33%"/);
});

test('every gap that is marked is told, a single step too; of very many the newest, and how many there are', async () => {
  const told = async (isThere: (step: number) => boolean) => {
    const samples = quarter().filter(({ at }) => isThere((FAKE_NOW - at) / STEP));
    const html = await openPages(withSamples(samples)).html('/metrics-view?range=15m');
    const marked = (html.split('<section class="plot"')[1]?.match(/class="plot-gap"/g) ?? []).length;
    return { marked, text: /No samples .*? did not run\./.exec(textOf(html).replaceAll(' ,', ','))?.[0] };
  };
  expect(await told((step) => step !== 20)).toEqual({
    marked: 1,
    text: 'No samples from 11:55:00 to 11:55:15, while the server did not run.',
  });
  const many = await told((step) => step % 4 !== 0 || step === 0);
  expect(many.marked).toBeGreaterThan(8);
  expect(many.text).toMatch(/^No samples from 11:55:00 to 11:55:15, .*from 11:59:00 to 11:59:15, and \d+ times before/);
});

test('when samples have stopped, the page says since when', async () => {
  const samples = quarter().filter(({ at }) => at < FAKE_NOW - 8 * STEP);
  const text = textOf(await openPages(withSamples(samples)).html('/metrics-view?range=15m'));
  expect(text).toContain('No samples since 11:57:45');
});

test('a server that is new says from when on it knows anything', async () => {
  const text = textOf(await openPages(withSamples(quarter(FAKE_NOW - 4 * STEP))).html('/metrics-view?range=15m'));
  expect(text).toContain('No samples before 11:59:00');
});

test('where nothing happened that could be measured, that is said in place of a line', async () => {
  const html = await openPages(withSamples(quarter())).html('/metrics-view?range=15m');
  expect(html).toContain('Nothing was brought back from cold in this time');
});

test('what was measured once is not what is now', async () => {
  const samples = [sample(FAKE_NOW - 20 * STEP, { rehydrate_p50_ms: 80 }), ...quarter(FAKE_NOW - 19 * STEP)];
  const html = await openPages(withSamples(samples)).html('/metrics-view?range=15m');
  expect(html).toContain('Half within (p50) – now, at most 80 ms');
});

test('a new sample comes by itself, to the plots whose lines it changes', async () => {
  const services = withSamples(quarter().slice(0, -1));
  const pages = openPages(services);
  const mark = /data-mark="([^"]*)"/.exec(await pages.html('/metrics-view?range=15m'))?.[1] ?? '';
  const stream = await pages.get(`/metrics-view/live?range=15m&have=${encodeURIComponent(mark)}`, {
    accept: 'text/event-stream',
  });
  const reader = stream.body?.getReader();
  await reader?.read();
  const second = reader?.read();
  await new Promise((resolve) => setImmediate(resolve));
  services.samples = [...services.samples, sample(FAKE_NOW, { hot_bytes: 9_000 })];
  services.changed();
  const patches = readEvents(new TextDecoder().decode((await second)?.value)).map(fieldsOf);
  const ids = patches.map(({ fragments }) => /\bid="([^"]*)"/.exec(fragments ?? '')?.[1]);
  expect(ids).toEqual(expect.arrayContaining(['head-storage', 'lines-storage', 'rows-storage']));
  expect(ids).not.toContain('head-jobs');
  expect(patches[0]?.fragments).toContain('9.0 kB');
  await reader?.cancel();
});

test('a moment leads to the events before it; one after all events to the newest', async () => {
  const services = new FakeServices();
  for (const minute of [0, 1, 2]) {
    services.emit(fakeEvent('ProjectCreated', { name: parseProjectName('demo') }, FAKE_NOW + minute * 60_000));
  }
  const pages = openPages(services);
  const leads = async (at: string | number) =>
    (await pages.get(`/metrics-view/events?at=${at}`)).headers.get('location');
  expect(await leads(FAKE_NOW + 30_000)).toBe('/events?at=1');
  expect(await leads(FAKE_NOW + 600_000)).toBe('/events');
  expect(await leads('never')).toBe('/events');
});
