// The screens of share links on a fake server: what they say of each, what their forms ask for, and what is wrong where it
// was typed.
import { describe, expect, test } from 'vitest';
import { fakeSha, type ProjectName } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import type { ShareId } from '../core/model/share.ts';
import { fakeEvent } from './testing/fake-events.ts';
import { FAKE_ADMIN, FakeServices } from './testing/fake-services.ts';
import { fakeShare } from './testing/fake-shares.ts';
import { FAKE_NOW } from './testing/fake-time.ts';
import { openPages } from './testing/open-pages.ts';
import { fieldsOf, readEvents } from './testing/sse-reader.ts';

const SCRIPT = { 'datastar-request': 'true' };
const HOSTILE = 'notes/"><img src=x onerror=alert(1)>.txt';
const textOf = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const idsIn = (html: string) => [...html.matchAll(/data-share="([^"]*)"/g)].map(([, id]) => id?.replace(/0+$/, ''));
const demo = 'demo' as ProjectName;

function services(...shares: readonly ReturnType<typeof fakeShare>[]): FakeServices {
  const fake = new FakeServices();
  fake.put('demo', { path: 'docs/guide.md', content: 'guide' });
  fake.madeShares = shares;
  return fake;
}

describe('the list of links', () => {
  test('says of each what it opens, until when, how often it was used, and who made it; and has its address', async () => {
    const pages = openPages(
      services(
        fakeShare('a', { maxUses: 5, hasPassword: true }),
        fakeShare('b', { scope: { project: demo, kind: 'directory', path: '', commit_sha: fakeSha('c') } }),
        fakeShare('c', { expiresAt: undefined, token: undefined }),
      ),
    );
    const html = await pages.html('/shares');
    expect(idsIn(html)).toEqual(['a', 'b', 'c']);
    const text = textOf(html);
    expect(text).toMatch(/docs\/guide\.md demo · always the latest · with a password Active 7 Jun 2026.* 3 of 5 ada/);
    expect(text).toContain(`demo as at ${fakeSha('c').slice(0, 12)}`);
    expect(text).toContain('never');
    expect(html).toContain('data-copy="http://fs.test/s/token-of-a"');
    expect(html).not.toContain('token-of-c');
  });

  test('has one use as one use where the column has no head', async () => {
    const shares = [{ uses: 1 }, { uses: 2 }, { uses: 0, maxUses: 1 }, { uses: 1, maxUses: 5 }];
    const html = await openPages(services(...shares.map((change, i) => fakeShare(`a${i}`, change)))).html('/shares');
    expect([...html.matchAll(/data-unit="([^"]*)">([^<]*)/g)].map(([, unit, count]) => `${count} ${unit}`)).toEqual([
      '1 use',
      '2 uses',
      '0 of 1 use',
      '1 of 5 uses',
    ]);
  });

  test('has those that ended by themselves, by project, in pages, and says when there is none', async () => {
    const many = Array.from({ length: 130 }, (_, i) => fakeShare(`f${1000 - i}f`));
    const fake = services(...many, fakeShare('e1', { state: 'revoked' }), fakeShare('e2', { state: 'expired' }));
    const pages = openPages(fake);
    expect(idsIn(await pages.html('/shares?state=ended'))).toEqual(['e1', 'e2']);
    expect(textOf(await pages.html('/shares?project=other'))).toContain('Nothing of other is shared');
    const first = await pages.html('/shares');
    expect(idsIn(first)).toHaveLength(100);
    const older = first.match(/href="(\/shares\?before=[^"]*)"/)?.[1] ?? '';
    expect(idsIn(await pages.html(older))).toHaveLength(30);
    fake.madeShares = [];
    expect(textOf(await pages.html('/shares'))).toContain('Nothing is shared');
    expect(textOf(await pages.html('/shares?state=ended'))).toContain('No link has ended');
  });

  test('a hostile name is shown, and is markup nowhere', async () => {
    const scope = { project: demo, kind: 'file', path: HOSTILE as RelPath } as const;
    const pages = openPages(services(fakeShare('a', { scope, by: '<b>eve</b>' })));
    for (const path of ['/shares', `/shares/${'a'.padEnd(32, '0')}`]) {
      const html = await pages.html(path);
      expect(html).not.toContain('<img');
      expect(html).not.toContain('<b>eve');
      expect(html).toContain('&lt;img');
    }
  });

  test('a link that is used changes its row alone', async () => {
    const fake = services(fakeShare('a'), fakeShare('b'));
    const reader = (await openPages(fake).get('/shares/live')).body?.getReader();
    const read = async () => Buffer.from((await reader?.read())?.value ?? []).toString();
    while (!(await read()).includes('data-share'));
    fake.madeShares = [fakeShare('a', { uses: 4 }), fakeShare('b')];
    fake.changed();
    const patch = await read();
    expect(idsIn(patch)).toEqual(['a']);
    await reader?.cancel();
  });
});

describe('a link’s page', () => {
  test('has its address, its facts, what happened, and its end', async () => {
    const fake = services(fakeShare('a', { maxUses: 5 }));
    const id = 'a'.padEnd(32, '0') as ShareId;
    const event = fakeEvent(
      'ShareUsed',
      { share: id, kind: 'file', path: 'docs/guide.md' as RelPath, uses: 3, from: '192.0.2.7' },
      FAKE_NOW,
      { project: 'demo' },
    );
    fake.emit({ ...event, trace: { ...event.trace, correlation_id: `share-${id}` } });
    const html = await openPages(fake).html(`/shares/${id}`);
    expect(html).toContain('value="http://fs.test/s/token-of-a"');
    const text = textOf(html);
    expect(text).toContain('use 3 · from 192.0.2.7');
    expect(text).toContain('It was used 3 times.');
    expect(html).toContain(`action="/shares/${id}/revoke"`);
  });

  test('of one that ended has neither address nor end, and of an unknown one nothing', async () => {
    const pages = openPages(services(fakeShare('a', { state: 'revoked', revoked: { by: 'bob', at: FAKE_NOW } })));
    const html = await pages.html(`/shares/${'a'.padEnd(32, '0')}`);
    expect(html).toMatch(/id="share-address"[^>]*hidden/);
    expect(html).toMatch(/id="revoke"[^>]*hidden/);
    expect(textOf(html)).toContain('bob');
    expect((await pages.get('/shares/nothing')).status).toBe(404);
  });

  test('is revoked by a form, which may be sent twice', async () => {
    const fake = services(fakeShare('a'));
    const pages = openPages(fake);
    const id = 'a'.padEnd(32, '0');
    const answer = await pages.post(`/shares/${id}/revoke`, {});
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/shares/${id}?said=share-revoked`]);
    expect(fake.asked).toEqual([['revoke', FAKE_ADMIN, id]]);
    fake.outcomes.revoke = { kind: 'share-revoked-before' };
    expect(await (await pages.post(`/shares/${id}/revoke`, {}, SCRIPT)).text()).toContain('It was revoked already.');
    fake.outcomes.revoke = { kind: 'no-share' };
    expect((await pages.post(`/shares/${id}/revoke`, {})).headers.get('location')).toBe('/shares?said=no-share');
  });
});

describe('the form of a link', () => {
  const FORM = { path: 'docs/guide.md', version: 'latest', expires: '7d', uses: '', password: '' };

  test('offers the latest and the commit that is current, and asks for what was chosen', async () => {
    const fake = services(fakeShare('5f'.repeat(16)));
    const pages = openPages(fake);
    const html = await pages.html('/p/demo/share?path=docs%2Fguide.md');
    expect(html).toContain(`name="commit" value="${fakeSha('commit')}"`);
    expect(textOf(html)).toContain('the file as it is whenever it is opened');
    const commit = fakeSha('commit');
    const answer = await pages.post('/p/demo/share', {
      ...FORM,
      version: 'commit',
      commit,
      uses: ' 3 ',
      password: 'secret-1',
    });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/shares/${'5f'.repeat(16)}?said=shared`]);
    const asked = { project: 'demo', path: 'docs/guide.md', commit, lastsMs: 604_800_000, maxUses: 3 };
    expect(fake.asked).toEqual([['share', FAKE_ADMIN, { ...asked, password: 'secret-1' }]]);
    await pages.post('/p/demo/share', { ...FORM, path: '', expires: 'never' });
    const whole = { project: 'demo', path: '', commit: undefined, lastsMs: undefined, maxUses: undefined };
    expect(fake.asked[1]).toEqual(['share', FAKE_ADMIN, { ...whole, password: undefined }]);
  });

  test('is a dialog’s content to a script, and so is the link that was made', async () => {
    const fake = services(fakeShare('5f'.repeat(16)));
    const pages = openPages(fake);
    const fragments = async (answer: Response) =>
      readEvents(await answer.text()).map((event) => fieldsOf(event).fragments ?? '');
    const [form] = await fragments(await pages.get('/p/demo/share?path=docs', SCRIPT));
    expect(form).toContain('id="share-box"');
    expect(form).toContain('the folder as it is');
    const [made] = await fragments(await pages.post('/p/demo/share', FORM, SCRIPT));
    expect(made).toContain('http://fs.test/s/token-of-5f');
    expect(textOf(made ?? '')).toMatch(/Whoever has it can open it\. It expires 7 Jun 2026, \d\d:\d\d UTC \./);
    fake.madeShares = [fakeShare('5f'.repeat(16), { hasPassword: true, maxUses: 3, expiresAt: undefined })];
    const [guarded] = await fragments(await pages.post('/p/demo/share', FORM, SCRIPT));
    expect(textOf(guarded ?? '')).toContain(
      'Whoever has it and its password can open it until it is revoked, 3 times at most. The password is shown nowhere',
    );
  });

  test('says why it does not change by itself', async () => {
    expect(textOf(await openPages(services()).html('/p/demo/share?path=docs'))).toContain('Not live');
  });

  test.each([
    [{ uses: '0' }, 'Uses is &quot;0&quot;: give a whole number'],
    [{ uses: '1e3' }, 'Uses is &quot;1e3&quot;'],
    [{ password: 'short' }, 'Give 6 to 200 characters'],
    [{ expires: '9h' }, 'Choose one of these.'],
  ])('says where it stands what is wrong with %o, and keeps the rest', async (odd, fault) => {
    const fake = services();
    const pages = openPages(fake);
    const answer = await pages.post('/p/demo/share', { ...FORM, ...odd });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain(fault);
    expect((await pages.post('/p/demo/share', { ...FORM, ...odd }, SCRIPT)).status).toBe(409);
    expect(fake.asked).toEqual([]);
  });

  test('has nothing for what is not there', async () => {
    const pages = openPages(services());
    for (const path of ['/p/demo/share?path=none', '/p/demo/share?path=../x', '/p/other/share', '/p/NO/share'])
      expect((await pages.get(path)).status).toBe(404);
  });
});
