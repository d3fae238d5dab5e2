// The settings pages on a fake server: policies as they differ from the default, their form with what has to be corrected
// beside each field, and what the server was started with.
import { expect, test } from 'vitest';
import type { ProjectName } from '../core/model/ids.ts';
import { DEFAULT_POLICY, type ProjectPolicy } from '../core/model/policy.ts';
import { FAKE_ADMIN, FakeServices } from './testing/fake-services.ts';
import { openPages } from './testing/open-pages.ts';

const DEMO = 'demo' as ProjectName;
const DAY_MS = 86_400_000;
const SCRIPT = { 'datastar-request': 'true' };
const textOf = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const open = () => {
  const services = new FakeServices();
  services.project('demo');
  return { services, pages: openPages(services) };
};
const seen = JSON.stringify(DEFAULT_POLICY);
const asShown = {
  seen,
  durability: 'fast',
  conflicts: 'last-writer',
  first_read: 'promote',
  deactivate: 'committed',
  evict: 'by-policy',
  evict_idle: '',
  keep_all: '7',
  hourly: '14',
  daily: '60',
  weekly: '365',
  last: '10',
};

test('shows what of each project differs from the default, what the server was started with, and how its stores are', async () => {
  const { services, pages } = open();
  services.project('site');
  services.policies.set(DEMO, { ...DEFAULT_POLICY, durability: 'strict', evict: { never: true } });
  const html = await pages.html('/settings');
  const text = textOf(html);
  expect(text).toContain('commits wait for cold · stays in hot');
  expect(text).toContain('site as new projects are');
  expect(text).toMatch(/FS_ADMIN_TOKEN .* set, not shown/);
  expect(text).toMatch(/NATS_CREDS the file with its credentials not set/);
  expect(text).toMatch(/Sweep deletes what no kept version needs any more every day/);
  expect(html).toMatch(/<span>Version 0\.1\.0, started <time[^>]*>[^<]*<\/time>\.<\/span>/);
  expect(html).toContain('data-check="cold" data-ok="false"');
  expect(html).toContain('href="/settings/policies/demo"');
  expect(textOf(await openPages(new FakeServices()).html('/settings'))).toContain('No projects yet');
  expect((await pages.get('/settings/policies/nothing')).status).toBe(404);
});

test('what was typed is asked for, from what the person saw; what is as it was asks for nothing else', async () => {
  const { services, pages } = open();
  const html = await pages.html('/settings/policies/demo');
  for (const [name, value] of Object.entries(asShown)) {
    if (name === 'seen') continue;
    const isThere = html.includes(`name="${name}" value="${value}"`) || html.includes(`value="${value}" selected`);
    expect([name, isThere]).toEqual([name, true]);
  }
  const answer = await pages.post('/settings/policies/demo', {
    ...asShown,
    conflicts: 'keep-both',
    evict_idle: '1.5',
    last: '3',
  });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/settings/policies/demo?said=policy-changed']);
  const next: ProjectPolicy = {
    ...DEFAULT_POLICY,
    conflicts: 'keep-both',
    evict: { never: false, idle_ms: 1.5 * DAY_MS },
    retention: { ...DEFAULT_POLICY.retention, last: 3 },
  };
  expect(services.asked).toEqual([['changePolicy', FAKE_ADMIN, 'demo', { seen: DEFAULT_POLICY, next }]]);
});

test('what cannot be is told beside its field, with what was typed still there, and nothing is asked for', async () => {
  const { services, pages } = open();
  const wrong = { ...asShown, keep_all: 'a week"><img>', last: '0', durability: 'sometimes', evict_idle: '-1' };
  const answer = await pages.post('/settings/policies/demo', wrong);
  expect(answer.status).toBe(422);
  const html = await answer.text();
  expect(textOf(html).replaceAll('&quot;', '"')).toMatch(/It is "sometimes": choose fast or strict/);
  expect(textOf(html)).toMatch(/give days, from 0 to 36,500\./);
  expect(textOf(html)).toMatch(/give days, from 1 to 36,500, or leave it empty: as the servers are set to\./);
  expect(textOf(html)).toMatch(/give commits, from 1 to 100,000\./);
  expect(html.match(/aria-describedby="policy-[a-z_]+-fault"/g)).toHaveLength(4);
  expect(html).not.toContain('<img>');
  expect(services.asked).toEqual([]);
  const patch = await pages.post('/settings/policies/demo', wrong, SCRIPT);
  expect(await patch.text()).toContain('id="policy-form"');
  expect((await pages.post('/settings/policies/demo', { ...asShown, seen: '{' })).headers.get('location')).toMatch(
    /said=invalid/,
  );
});

test('fields that somebody else has changed meanwhile are marked, and the next save is from what is there now', async () => {
  const { services, pages } = open();
  const now: ProjectPolicy = { ...DEFAULT_POLICY, conflicts: 'keep-both' };
  services.outcomes.changePolicy = { kind: 'policy-moved', policy: now, fields: ['conflicts'] };
  const html = await (await pages.post('/settings/policies/demo', { ...asShown, durability: 'strict' })).text();
  expect(textOf(html)).toContain('It is keep-both now.');
  expect(html).toContain(JSON.stringify(now).replaceAll('"', '&quot;'));
  services.outcomes.changePolicy = { kind: 'no-project' };
  expect((await pages.post('/settings/policies/demo', asShown)).headers.get('location')).toBe(
    '/settings?said=no-project',
  );
});
