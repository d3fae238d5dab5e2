// The screens of webhooks on a fake server: what they say of each, what their forms ask for, what is wrong where it was typed,
// and that a secret is shown where it is made and nowhere else.
import { describe, expect, test } from 'vitest';
import { parseProjectName } from '../core/model/ids.ts';
import { parseRelPath } from '../core/model/rel-path.ts';
import { FAKE_ADMIN, FakeServices } from './testing/fake-services.ts';
import { FAKE_NOW } from './testing/fake-time.ts';
import { fakeDelivery, fakeWebhook } from './testing/fake-webhooks.ts';
import { openPages } from './testing/open-pages.ts';
import type { WebhookView } from './webhook-view.ts';

const SCRIPT = { 'datastar-request': 'true' };
const HOSTILE = '"><img src=x onerror=alert(1)>';
const textOf = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const ID = 'a'.padEnd(20, '0');

function open(...made: readonly WebhookView[]) {
  const services = new FakeServices();
  services.webhooks.made = made;
  return { webhooks: services.webhooks, pages: openPages(services) };
}

describe('the list', () => {
  test('says of each where it leads, what it is told of, how it stands, and when it was last told; never the whole address', async () => {
    const { pages } = open(
      fakeWebhook('a', {
        url: 'https://hooks.example.net/secret-path',
        filter: { projects: [parseProjectName('demo')], types: ['PathCreated'], prefix: parseRelPath('docs') },
        deliveries: 1234,
      }),
      fakeWebhook('b', { name: 'other', state: 'failing', last: { at: FAKE_NOW, ok: false } }),
      fakeWebhook('c', { state: 'disabled', last: undefined }),
    );
    const html = await pages.html('/settings/webhooks');
    expect(textOf(html)).toMatch(
      /to the wiki hooks\.example\.net · PathCreated of demo below docs Active .* 1,234 ada/,
    );
    expect(textOf(html)).toMatch(/other .* all events Failing failed 1 Jun/);
    expect(textOf(html)).toContain('Disabled never');
    expect(html).not.toContain('secret-path');
  });

  test('says what webhooks are when there is none, and gives the schema of what is sent', async () => {
    const { pages } = open();
    expect(textOf(await pages.html('/settings/webhooks'))).toContain('Nobody is told yet');
    expect(await (await pages.get('/settings/webhooks/schema.json')).json()).toEqual({ type: 'object' });
    expect((await pages.request('/settings/webhooks')).status).toBe(303);
  });
});

describe('the form', () => {
  const asked = { name: 'index', url: 'https://hooks.example.net/', projects: 'demo, other', prefix: 'docs/' };

  test('asks for what was filled in, and shows the secret once, with a script and without', async () => {
    const { webhooks, pages } = open();
    expect(await pages.html('/settings/webhooks/new')).toContain('name="type-PathMoved"');
    const sent = { ...asked, 'type-PathMoved': 'on', 'type-Nonsense': 'on' };
    const html = await (await pages.post('/settings/webhooks', sent)).text();
    expect(html).toContain('value="whsec_shown-once"');
    expect(html).toMatch(/^<!doctype html>/);
    const patch = await (await pages.post('/settings/webhooks', sent, SCRIPT)).text();
    expect(patch).toContain('id="webhook-box"');
    expect(patch).toContain('whsec_shown-once');
    const filter = { projects: ['demo', 'other'], types: ['PathMoved'], prefix: 'docs' };
    const call = ['createWebhook', FAKE_ADMIN, { name: 'index', url: 'https://hooks.example.net/', filter }];
    expect(webhooks.asked).toEqual([call, call]);
  });

  test('comes back as it was filled, with what is wrong beside it, also when the server refuses the address', async () => {
    const { webhooks, pages } = open();
    const wrong = { name: '', url: '', projects: 'Not/One', prefix: '../up' };
    const answer = await pages.post('/settings/webhooks', wrong);
    expect(answer.status).toBe(422);
    const html = await answer.text();
    expect(html.match(/id="webhook-[a-z]+-fault"/g)).toHaveLength(4);
    expect(html).toContain('value="Not/One"');
    expect(webhooks.asked).toEqual([]);
    webhooks.outcomes.createWebhook = { kind: 'webhook-url-refused', fault: `${HOSTILE} is no public address` };
    const refused = await (await pages.post('/settings/webhooks', asked, SCRIPT)).text();
    expect(refused).toContain('is no public address');
    expect(refused).not.toContain('<img');
    expect(refused).toContain('value="demo, other"');
  });

  test('of one that is changed begins with what it is, and leads back to it', async () => {
    const { webhooks, pages } = open(fakeWebhook('a', { filter: { types: ['PathMoved'] } }));
    const html = await pages.html(`/settings/webhooks/${ID}/edit`);
    expect(html).toMatch(/name="type-PathMoved" checked/);
    expect(html).not.toMatch(/name="type-PathCreated" checked/);
    const answer = await pages.post(`/settings/webhooks/${ID}/edit`, asked);
    expect(answer.headers.get('location')).toBe(`/settings/webhooks/${ID}?said=webhook-changed`);
    expect(webhooks.asked[0]?.[0]).toBe('changeWebhook');
    expect((await pages.get('/settings/webhooks/none/edit')).status).toBe(404);
  });
});

describe('the page of one', () => {
  test('has its log, and of the delivery that is open each attempt, the answer and the body', async () => {
    const { webhooks, pages } = open(fakeWebhook('a', { deliveries: 200 }));
    webhooks.log = [
      fakeDelivery(3, { about: 'test', type: 'WebhookTest' }),
      fakeDelivery(2, {
        state: 'failed',
        about: 'resend',
        tries: 12,
        attempts: [
          { ts: new Date(FAKE_NOW).toISOString(), ms: 1500, status: 500, error: 'it answered 500', answer: HOSTILE },
        ],
        body: JSON.stringify({ type: HOSTILE }),
      }),
      fakeDelivery(1),
    ];
    const plain = textOf(await pages.html(`/settings/webhooks/${ID}`));
    expect(plain).toMatch(
      /WebhookTest event 103 · test Delivered .* PathUpdated event 102 · sent again · 12 tries Failed/,
    );
    expect(plain).toContain('The last 3 of 200.');
    expect(plain).not.toContain('Send again');
    const opened = await pages.html(`/settings/webhooks/${ID}?open=2`);
    expect(textOf(opened)).toMatch(/500 1,500 ms · it answered 500/);
    expect(opened).toContain('&lt;img');
    expect(opened).not.toContain('<img');
    expect(opened).toContain('The last 1 of 12 tries.');
  });

  test('says why nothing comes, with what mends it', async () => {
    const waiting = { seq: 77, n: 4, tries: 3, nextAt: FAKE_NOW + 60_000 };
    const page = async (change: Partial<WebhookView>) => pagesText(open(fakeWebhook('a', change)));
    const pagesText = async ({ pages }: ReturnType<typeof open>) => {
      const html = await pages.html(`/settings/webhooks/${ID}`);
      return {
        text: textOf(html),
        acts: [...html.matchAll(/action="\/settings\/webhooks\/\w+\/(\w+)"/g)].map(([, act]) => act),
      };
    };
    const failing = await page({ state: 'failing', waiting, failingSince: FAKE_NOW - 60_000 });
    expect(failing.text).toContain('Event 77 was tried 3 times in vain');
    expect(failing.acts).toEqual(['try', 'pass', 'test', 'pause', 'rotate', 'delete']);
    const disabled = await page({ state: 'disabled', waiting, disabled: { at: FAKE_NOW, reason: HOSTILE } });
    expect(disabled.text).toContain('nothing is sent since');
    expect(disabled.acts).toEqual(['resume', 'test', 'rotate', 'delete']);
    const paused = await page({ state: 'paused', paused: { by: HOSTILE, at: FAKE_NOW } });
    expect(paused.acts).toEqual(['resume', 'test', 'rotate', 'delete']);
    expect((await page({ canSign: false })).text).toContain('another FS_ADMIN_TOKEN');
  });

  test('each button asks for one thing, and says what came of it', async () => {
    const { webhooks, pages } = open(fakeWebhook('a'));
    const at = (path: string) => `/settings/webhooks/${ID}/${path}`;
    const said = async (path: string, fields = {}) =>
      (await pages.post(at(path), fields)).headers.get('location')?.replace(/.*\?said=/, '');
    expect(await said('test')).toBe('webhook-delivered');
    expect(await said('pause')).toBe('webhook-paused');
    expect(await said('resume')).toBe('webhook-resumed');
    expect(await said('try')).toBe('webhook-nudged');
    expect(await said('pass', { seq: '77' })).toBe('webhook-passed');
    expect(await said('pass', { seq: 'x' })).toBe('invalid');
    expect(await said('deliveries/2/resend')).toBe('webhook-delivered');
    expect((await pages.post(at('delete'), {})).headers.get('location')).toBe(
      '/settings/webhooks?said=webhook-removed',
    );
    expect(webhooks.asked).toEqual([
      ['testWebhook', FAKE_ADMIN, ID],
      ['pauseWebhook', FAKE_ADMIN, ID],
      ['resumeWebhook', FAKE_ADMIN, ID],
      ['tryNow', FAKE_ADMIN, ID],
      ['passOver', FAKE_ADMIN, ID, 77],
      ['resend', FAKE_ADMIN, ID, 2],
      ['removeWebhook', FAKE_ADMIN, ID],
    ]);
    const rotated = await (await pages.post(at('rotate'), {}, SCRIPT)).text();
    expect(rotated).toContain('whsec_the-new-one');
    webhooks.outcomes.testWebhook = { kind: 'webhook-refused', delivery: fakeDelivery(1, { state: 'failed' }) };
    expect(await (await pages.post(at('test'), {}, SCRIPT)).text()).toContain('the newest of the deliveries says why');
    expect((await pages.post('/settings/webhooks/none/test', {})).status).toBe(303);
  });
});
