import { describe, expect, test } from 'vitest';
import { rateLimit } from './rate-limit.ts';
import { FAKE_TOKEN, FakeServices } from './testing/fake-services.ts';
import { openPages } from './testing/open-pages.ts';

const form = (fields: Record<string, string>, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams(fields),
  headers: { host: 'fs.test', origin: 'http://fs.test', ...headers },
});

describe('signing in', () => {
  test('a page without a session leads to the form, and back after it', async () => {
    const pages = openPages(new FakeServices());
    const away = await pages.request('/p/demo/files?path=a%26b');
    expect(away.status).toBe(303);
    expect(away.headers.get('location')).toBe('/sign-in?next=%2Fp%2Fdemo%2Ffiles%3Fpath%3Da%2526b');
    const back = await pages.request('/sign-in', form({ token: FAKE_TOKEN, next: '/p/demo/files?path=a%26b' }));
    expect(back.status).toBe(303);
    expect(back.headers.get('location')).toBe('/p/demo/files?path=a%26b');
  });

  test('the session cookie is out of reach of scripts and of other sites', async () => {
    const answer = await openPages(new FakeServices()).request('/sign-in', form({ token: ` ${FAKE_TOKEN} ` }));
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^fs_session=fake-session; /);
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=3600']) expect(cookie).toContain(part);
    expect(cookie).not.toContain('Secure');
    const behindTls = await openPages(new FakeServices()).request(
      '/sign-in',
      form({ token: FAKE_TOKEN }, { 'x-forwarded-proto': 'https' }),
    );
    expect(behindTls.headers.get('set-cookie')).toContain('Secure');
  });

  test('a wrong token, an empty one and a missing one get the same words', async () => {
    const pages = openPages(new FakeServices());
    const texts = await Promise.all(
      [{ token: 'wrong' }, { token: '' }, {}].map(async (fields) => {
        const answer = await pages.request('/sign-in', form(fields));
        expect(answer.status).toBe(401);
        expect(answer.headers.get('set-cookie')).toBeNull();
        return answer.text();
      }),
    );
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toContain('Check the token and try again');
    expect(texts[0]).not.toContain('wrong');
  });

  test('who came in, who tried and who left is on record, with where they came from, and no token is', async () => {
    const services = new FakeServices();
    const pages = openPages(services);
    await pages.request('/sign-in', form({ token: 'guess' }));
    await pages.request('/sign-in', form({ token: FAKE_TOKEN }));
    await pages.request('/sign-out', form({}));
    await pages.post('/sign-out', {});
    const user = { kind: 'user', id: expect.any(String) };
    const asked = { from: 'unknown' };
    expect(services.audit.facts).toEqual([
      { actor: { kind: 'address', id: 'unknown' }, action: 'session.open', scope: {}, outcome: 'wrong-token' },
      { actor: user, action: 'session.open', scope: {}, asked, outcome: 'signed-in' },
      { actor: user, action: 'session.close', scope: {}, asked, outcome: 'signed-out' },
    ]);
  });

  test('guessing is slowed down: after ten failures there is a wait, for the right token too', async () => {
    const pages = openPages(new FakeServices());
    for (let i = 0; i < 10; i++) await pages.request('/sign-in', form({ token: `guess ${i}` }));
    const held = await pages.request('/sign-in', form({ token: FAKE_TOKEN }));
    expect(held.status).toBe(429);
    expect(Number(held.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await held.text()).toContain('Too many tries');
  });

  test('failures are forgotten after their window, and by success; the table stays bounded', () => {
    let now = 0;
    const limit = rateLimit({ now: () => now, tries: 2, windowMs: 1000, maxKeys: 3 });
    limit.failed('a');
    limit.failed('a');
    expect(limit.waitMs('a')).toBe(1000);
    now = 400;
    expect(limit.waitMs('a')).toBe(600);
    now = 1001;
    expect(limit.waitMs('a')).toBe(0);
    for (const key of ['b', 'c', 'd', 'e', 'e']) limit.failed(key);
    expect(limit.waitMs('e')).toBeGreaterThan(0);
    limit.succeeded('e');
    expect(limit.waitMs('e')).toBe(0);
  });

  test('a stream or a patch without a session is told 401, so that the script can lead to the form', async () => {
    const pages = openPages(new FakeServices());
    expect((await pages.request('/projects/live', { headers: { accept: 'text/event-stream' } })).status).toBe(401);
    expect((await pages.request('/projects', { headers: { 'datastar-request': 'true' } })).status).toBe(401);
  });

  test('a link that is followed from another site finds the session: the page is asked for once more from here', async () => {
    const answer = await openPages(new FakeServices()).request('/events?path="><script>', {
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    });
    const html = await answer.text();
    expect(answer.status).toBe(200);
    expect(html).toContain('http-equiv="refresh"');
    expect(html).not.toContain('<script>');
  });

  test('signing out takes the cookie away, by POST only', async () => {
    const pages = openPages(new FakeServices());
    const answer = await pages.request('/sign-out', form({}));
    expect(answer.headers.get('set-cookie')).toMatch(/fs_session=; .*Max-Age=0/);
    expect((await pages.get('/sign-out')).status).toBe(404);
  });
});

describe('changes from elsewhere', () => {
  test.each([
    { origin: 'http://evil.test' },
    { origin: 'null' },
    { origin: 'http://fs.test.evil.test' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('a POST with %j is refused', async (headers) => {
    const pages = openPages(new FakeServices());
    for (const path of ['/theme', '/sign-out', '/sign-in']) {
      const answer = await pages.request(path, {
        method: 'POST',
        body: new URLSearchParams({ theme: 'dark', token: FAKE_TOKEN }),
        headers: { host: 'fs.test', cookie: 'fs_session=fake-session', ...headers },
      });
      expect(answer.status).toBe(403);
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
  });

  test('a POST from our own page is taken, and the theme leads back to the page', async () => {
    const pages = openPages(new FakeServices());
    const answer = await pages.request('/theme', form({ theme: 'dark', next: '/events' }));
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/events');
    const html = await (await pages.get('/projects', { cookie: 'fs_session=fake-session; fs_theme=dark' })).text();
    expect(html).toContain('<html lang="en" data-theme="dark">');
  });
});
