// The screens of API tokens on a fake server: what they say of each, what their forms ask for, what is wrong where it was typed,
// and that what a program sends is shown once.
import { describe, expect, test } from 'vitest';
import { parseProjectName } from '../core/model/ids.ts';
import { FakeServices } from './testing/fake-services.ts';
import { FAKE_NOW } from './testing/fake-time.ts';
import { fakeApiToken } from './testing/fake-tokens.ts';
import { openPages } from './testing/open-pages.ts';

const SCRIPT = { 'datastar-request': 'true' };
const DAY_MS = 24 * 3_600_000;
const WHO = { kind: 'user', id: 'admin' };
const textOf = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const idsIn = (html: string) => [...html.matchAll(/data-token="([^"]*)"/g)].map(([, id]) => id?.replace(/0+$/, ''));

function services(...tokens: readonly ReturnType<typeof fakeApiToken>[]): FakeServices {
  const fake = new FakeServices();
  for (const name of ['demo', 'other']) fake.project(name);
  fake.madeTokens = tokens;
  return fake;
}

describe('the list of tokens', () => {
  test('says of each what it may do, for which projects, until when, when it was used, and who made it', async () => {
    const projects = ['demo', 'other', 'third', 'fourth', 'fifth'].map(parseProjectName);
    const html = await openPages(
      services(
        fakeApiToken('a', { name: 'nightly', scope: 'write', projects, lastUsedAt: FAKE_NOW }),
        fakeApiToken('b', { expiresAt: 'never' }),
      ),
    ).html('/settings/tokens');
    expect(idsIn(html)).toEqual(['a', 'b']);
    const text = textOf(html);
    expect(text).toContain('nightly Write · demo, other, third and 2 more');
    expect(text).toMatch(/Active 30 Jun 2026.* 1 Jun 2026.* ada/);
    expect(text).toContain('Read · all projects Active never never');
    expect(html).toContain('href="/settings/tokens/a00000000000#revoke"');
  });

  test('has those that ended by themselves, in pages, and says when there is none', async () => {
    const many = Array.from({ length: 130 }, (_, i) => fakeApiToken(`f${1000 - i}f`));
    const fake = services(...many, fakeApiToken('e1', { state: 'revoked' }), fakeApiToken('e2', { state: 'expired' }));
    const pages = openPages(fake);
    const ended = await pages.html('/settings/tokens?state=ended');
    expect(idsIn(ended)).toEqual(['e1', 'e2']);
    expect(ended).not.toContain('#revoke');
    const first = await pages.html('/settings/tokens');
    expect(idsIn(first)).toHaveLength(100);
    const older = first.match(/href="(\/settings\/tokens\?before=[^"]*)"/)?.[1] ?? '';
    expect(idsIn(await pages.html(older))).toHaveLength(30);
    fake.madeTokens = [];
    expect(textOf(await pages.html('/settings/tokens'))).toContain('No program has a token');
    expect(textOf(await pages.html('/settings/tokens?state=ended'))).toContain('No token has ended');
  });

  test('a token that is revoked elsewhere leaves the list alone', async () => {
    const fake = services(fakeApiToken('a'), fakeApiToken('b'));
    const reader = (await openPages(fake).get('/settings/tokens/live')).body?.getReader();
    const read = async () => Buffer.from((await reader?.read())?.value ?? []).toString();
    while (!(await read()).includes('data-token'));
    fake.madeTokens = [fakeApiToken('b')];
    fake.changed();
    const patch = await read();
    expect(patch).toContain('datastar-remove-fragments');
    expect(idsIn(patch)).toEqual([]);
    await reader?.cancel();
  });
});

describe('the form', () => {
  const filled = { name: ' nightly ', scope: 'write', projects: 'demo, other demo', expires: '7d' };

  test('asks for a name, a scope, projects and an end, and makes what was asked', async () => {
    const fake = services();
    const pages = openPages(fake);
    const form = await pages.html('/settings/tokens/new');
    for (const name of ['name', 'scope', 'projects', 'expires']) expect(form).toContain(`name="${name}"`);
    const answer = await pages.post('/settings/tokens', filled);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const projects = ['demo', 'other'].map(parseProjectName);
    const expiresAt = FAKE_NOW + 7 * DAY_MS;
    expect(fake.asked).toEqual([['createToken', WHO, { name: 'nightly', scope: 'write', projects, expiresAt }]]);
    await pages.post('/settings/tokens', { ...filled, projects: ' ', expires: 'never' });
    expect(fake.asked[1]?.[2]).toMatchObject({ projects: 'all', expiresAt: 'never' });
  });

  test.each([
    ['without a script, on a page', {}],
    ['with one, in the form’s place', SCRIPT],
  ])('shows the token once, %s, and no address has it', async (_, headers) => {
    const fake = services(fakeApiToken('5f'));
    const pages = openPages(fake);
    const answer = await pages.post('/settings/tokens', filled, headers);
    const made = fake.outcomes.createToken;
    const text = made.kind === 'token-made' ? made.text : '';
    const html = await answer.text();
    expect(html).toContain(`value="${text}"`);
    expect(html).toContain('it is shown this once');
    expect([...html.matchAll(/(?:href|action)="([^"]*)"/g)].filter(([, to]) => to?.includes(text))).toEqual([]);
    for (const path of ['/settings/tokens', `/settings/tokens/${fakeApiToken('5f').id}`])
      expect(await pages.html(path)).not.toContain(text.slice(-20));
  });

  test.each([
    [{ name: '' }, 'name', 'Name is &quot;&quot;: a name has at least 1 character.'],
    [{ name: 'a\u202eb' }, 'name', 'characters that cannot be seen'],
    [{ name: '<b>x'.repeat(20) }, 'name', 'has at most 60 characters'],
    [{ scope: 'root' }, 'scope', 'Choose one of these.'],
    [{ projects: 'demo none' }, 'projects', 'There is no project &quot;none&quot;.'],
    [{ projects: '"><img src=x>' }, 'projects', 'There is no project'],
    [{ scope: 'admin' }, 'projects', 'A token of scope Admin is for all projects'],
    [{ expires: '9d' }, 'expires', 'Choose one of these.'],
  ])('comes back as it was filled, with what is wrong at its field: %#', async (change, field, fault) => {
    const fake = services();
    const pages = openPages(fake);
    for (const headers of [{}, SCRIPT]) {
      const answer = await pages.post('/settings/tokens', { ...filled, ...change }, headers);
      expect(answer.status).toBe(422);
      const html = await answer.text();
      expect(html).toMatch(new RegExp(`id="token-${field}-fault"[^>]*>[^]*?${fault.slice(0, 20)}`));
      expect(html).toContain(fault);
      expect(html).not.toContain('<img');
      expect(html).not.toContain('<b>x');
    }
    expect(fake.asked).toEqual([]);
  });

  test('what the server refuses is said', async () => {
    const fake = services();
    fake.outcomes.createToken = { kind: 'token-end-wrong' };
    const answer = await openPages(fake).post('/settings/tokens', filled);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/settings/tokens/new?said=token-end-wrong']);
  });
});

describe('a token’s page', () => {
  test('has its facts and its end, and revokes it', async () => {
    const fake = services(fakeApiToken('a', { name: 'nightly', projects: [parseProjectName('demo')] }));
    const pages = openPages(fake);
    const address = `/settings/tokens/${fakeApiToken('a').id}`;
    const html = await pages.html(address);
    const text = textOf(html);
    expect(text).toContain('Read: lists and downloads');
    expect(text).toContain('fst_a00000000000');
    expect(text).toContain('Nothing has used it yet.');
    const answer = await pages.post(`${address}/revoke`, {});
    expect(answer.headers.get('location')).toBe(`${address}?said=token-revoked`);
    expect(fake.asked).toEqual([['revokeToken', WHO, 'a00000000000']]);
    expect(textOf(await pages.html(`${address}?said=token-revoked`))).toContain('Revoked. Whatever sends it');
    fake.outcomes.revokeToken = { kind: 'no-token' };
    const gone = await pages.post(`${address}/revoke`, {}, SCRIPT);
    expect([gone.status, textOf(await gone.text())]).toEqual([409, expect.stringContaining('there is no such token')]);
  });

  test('of one that ended has no end any more, and of an unknown one nothing', async () => {
    const pages = openPages(services(fakeApiToken('a', { state: 'revoked', revoked: { by: 'bob', at: FAKE_NOW } })));
    const html = await pages.html(`/settings/tokens/${fakeApiToken('a').id}`);
    expect(html).toMatch(/<section [^>]*id="revoke"[^>]* hidden/);
    expect(textOf(html)).toContain('Revoked bob , 1 Jun 2026');
    expect((await pages.get('/settings/tokens/none')).status).toBe(404);
  });
});
