// What share links give to those who open them, without a session: the pages' own routes on tiers in memory.
import { describe, expect, test } from 'vitest';
import { readCurrent } from '../core/commit/current.ts';
import { deleteProject, undeleteProject } from '../core/commit/delete-project.ts';
import { createProject } from '../core/commit/project.ts';
import { works } from '../core/lifecycle/works.fakes.ts';
import { assert } from '../core/model/assert.ts';
import { shaOf } from '../core/model/ids.ts';
import { parseRelPath, type RelPath } from '../core/model/rel-path.ts';
import { DAY_MS, WHOLE } from '../core/share/share.fakes.ts';
import { revokeShare } from '../core/share/shares.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import { ACTOR, PROJECT } from '../core/testing/test-project.ts';
import { readZip } from './read-zip.fakes.ts';
import { DOC, HTML, shareServer } from './share-server.fakes.ts';

async function server() {
  const tiers = await works();
  const links = new Map<string, string>();
  const linkOf = async ({ sha }: { readonly sha: string }, forSeconds?: number) => {
    const link = links.get(sha);
    return link && `${link}?for=${forSeconds}`;
  };
  return { ...tiers, links, ...(await shareServer(tiers, linkOf)) };
}

const cookieOf = (response: Response) => (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
const textOf = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

describe('a link to a file', () => {
  test('gives its bytes, its exact name, its tag; whatever it is, no browser runs or guesses it', async () => {
    const { share, get } = await server();
    const { path } = await share();
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(HTML);
    const header = (name: string) => response.headers.get(name);
    expect(header('content-disposition')).toBe(
      `attachment; filename="_bersicht _1_.html"; filename*=UTF-8''%C3%9Cbersicht%20%221%22.html`,
    );
    expect(header('content-security-policy')).toContain('sandbox');
    expect(header('x-content-type-options')).toBe('nosniff');
    expect(header('cache-control')).toBe('private, no-cache');
    expect(header('x-robots-tag')).toBe('noindex, nofollow');
    expect(header('etag')).toBe(`"${shaOf(HTML)}"`);
    expect(header('content-length')).toBe(String(HTML.length));
  });

  test('gives ranges, and nothing again to who has it', async () => {
    const { share, get } = await server();
    const { path } = await share();
    const part = await get(path, { range: 'bytes=1-6' });
    expect([part.status, await part.text()]).toEqual([206, 'script']);
    expect(part.headers.get('content-range')).toBe(`bytes 1-6/${HTML.length}`);
    expect((await get(path, { range: 'bytes=900-' })).status).toBe(416);
    expect((await get(path, { 'if-none-match': `"${shaOf(HTML)}"` })).status).toBe(304);
  });

  test('is the latest, or what was there at a commit', async () => {
    const { share, get, write, io } = await server();
    const then = (await readCurrent(io.index, PROJECT))?.current.commit_sha;
    assert(then, 'it has commits');
    await write(DOC.path, 'newer');
    const latest = await share();
    const old = await share({ scope: { ...DOC, commit_sha: then } });
    expect(await (await get(latest.path)).text()).toBe('newer');
    expect(await (await get(old.path)).text()).toBe(HTML);
  });

  test('reads what only cold has, and leads to cold’s own link where there is one, which ends with this one', async () => {
    const { share, get, run, isHot, links, clock } = await server();
    await run({ kind: 'archive', project: PROJECT });
    await run({ kind: 'evict', project: PROJECT, by: 'hand' });
    expect(await isHot(HTML)).toBe(false);
    const { path } = await share({ expiresAt: clock.now() + 90_000 });
    expect(await (await get(path)).text()).toBe(HTML);
    links.set(shaOf(HTML), 'https://s3.test/object');
    const response = await get(path);
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('https://s3.test/object?for=90');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  });

  test('a use is a visit: who was let in goes on, a head takes none, and the next one is refused', async () => {
    const { share, get, events, pass } = await server();
    const { path, token } = await share({ maxUses: 1 });
    expect((await get(path, {}, 'HEAD')).status).toBe(200);
    const first = await get(path);
    expect(first.status).toBe(200);
    const set = first.headers.get('set-cookie') ?? '';
    expect(set).toContain(`Path=/s/${token}`);
    expect(set).toContain('HttpOnly');
    const cookie = cookieOf(first);
    expect((await get(path, { cookie, range: 'bytes=5-' })).status).toBe(206);
    const refused = await get(path);
    expect(refused.status).toBe(410);
    expect(textOf(await refused.text())).toContain('This link was used up');
    expect(events()).toEqual(['ShareCreated', 'ShareUsed', 'ShareRefused']);
    pass(3_601_000);
    expect((await get(path, { cookie })).status).toBe(410);
  });

  test('says why there is nothing, with the right status, and to a wrong token no more than that', async () => {
    const { share, get, sharingIo, pass, clock, events, audit } = await server();
    const soon = await share({ expiresAt: clock.now() + DAY_MS });
    const revoked = await share();
    const gone = await share({ scope: { ...DOC, path: parseRelPath('docs/none') } });
    const cookie = cookieOf(await get(revoked.path));
    await revokeShare(sharingIo, revoked.id, ACTOR);
    expect((await get(revoked.path, { cookie })).status).toBe(410);
    expect(textOf(await (await get(gone.path)).text())).toContain('not there any more');
    pass(DAY_MS);
    const expired = await get(soon.path);
    expect([expired.status, expired.headers.get('cache-control')]).toEqual([410, 'no-store']);
    const wrong = await get(`/s/${soon.token.slice(0, -2)}AA`);
    const none = await get('/s/nothing');
    expect([wrong.status, none.status]).toEqual([404, 404]);
    expect(await wrong.text()).toBe(await none.text());
    const program = await get(soon.path, { accept: '*/*' });
    expect(await program.text()).toBe('This link has expired. Ask who sent it to you for a new one.\n');
    expect(new Set(events())).toEqual(new Set(['ShareCreated', 'ShareUsed', 'ShareRevoked', 'ShareRefused']));
    const shared = { project: PROJECT, path: DOC.path };
    const holder = { kind: 'token', id: expect.stringMatching(/^link [0-9a-f]{12}$/) };
    const stranger = { actor: { kind: 'address', id: 'unknown' }, scope: {}, outcome: 'no-share' };
    expect(audit.facts).toMatchObject([
      { actor: holder, scope: { ...shared, share: revoked.id }, asked: { from: 'unknown' }, outcome: 'opened' },
      { actor: holder, scope: { share: revoked.id }, outcome: 'revoked' },
      { actor: holder, scope: { share: gone.id }, outcome: 'gone' },
      { actor: holder, scope: { share: soon.id }, outcome: 'expired' },
      stranger,
      stranger,
      { actor: holder, scope: { share: soon.id }, outcome: 'expired' },
    ]);
    for (const { token } of [soon, revoked]) expect(JSON.stringify(audit.facts)).not.toContain(token);
  });

  test('ends with its project, and opens none that gets its name, whatever the clock of who deleted it says', async () => {
    const { share, get, io, clock, write } = await server();
    const whole = await share({ scope: WHOLE });
    const at = await readCurrent(io.index, PROJECT);
    assert(at, 'it is there');
    await deleteProject({ ...io, clock: { ...clock, now: () => clock.now() - DAY_MS } }, at);
    expect((await get(whole.path)).status).toBe(410);
    await createProject(io, PROJECT, ACTOR);
    await write('others.txt', 'not shared');
    expect((await get(whole.path)).status).toBe(410);
    const young = await share({ scope: WHOLE });
    expect((await get(young.path)).status).toBe(200);
    // One that is brought back has its links again, and no other's.
    const now = await readCurrent(io.index, PROJECT);
    assert(now, 'it has the name');
    await deleteProject(io, now);
    expect((await get(young.path)).status).toBe(410);
    await undeleteProject(io, PROJECT);
    expect([(await get(young.path)).status, (await get(whole.path)).status]).toEqual([200, 410]);
  });

  test('a storage that does not answer is told as that, without the address, and as gone what no tier has', async () => {
    const { share, get, fail } = await server();
    const { path, token } = await share();
    fail(new StoreUnavailableError('cold', 'it is away'));
    const response = await get(path);
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(text).toContain('Not available right now');
    expect(text).not.toContain(token);
    const lost = await server();
    const other = await lost.share();
    await lost.hot.delete(shaOf(HTML));
    expect((await lost.get(other.path)).status).toBe(410);
  });
});

describe('a link with a password', () => {
  test('asks for it, lets in who knows it, and counts one use for that', async () => {
    const { share, get, post, events, audit } = await server();
    const { path } = await share({ password: 'correct horse', maxUses: 1 });
    const asked = await get(path);
    expect(asked.status).toBe(403);
    expect(textOf(await asked.text())).toContain('Password of this link');
    const wrong = await post(path, { password: 'wrong' });
    expect([wrong.status, cookieOf(wrong)]).toEqual([403, '']);
    const right = await post(path, { password: 'correct horse' });
    expect([right.status, right.headers.get('location')]).toEqual([303, path]);
    expect(await (await get(path, { cookie: cookieOf(right) })).text()).toBe(HTML);
    expect((await get(path)).status).toBe(410);
    expect(events().slice(0, 3)).toEqual(['ShareCreated', 'ShareRefused', 'ShareUsed']);
    expect(audit.facts.map(({ outcome }) => outcome)).toEqual(['wrong-password', 'opened', 'used-up']);
  });

  test('to what is gone takes no use for that', async () => {
    const { share, get, post, write } = await server();
    const later = { ...DOC, path: parseRelPath('docs/later') };
    const { path } = await share({ scope: later, password: 'correct horse', maxUses: 1 });
    expect((await post(path, { password: 'correct horse' })).status).toBe(410);
    await write(later.path, 'here');
    const right = await post(path, { password: 'correct horse' });
    expect(right.status).toBe(303);
    expect(await (await get(path, { cookie: cookieOf(right) })).text()).toBe('here');
  });

  test('a cookie of another link, or one that was written by hand, is none', async () => {
    const { share, get, post } = await server();
    const [one, two] = [await share({ password: 'correct horse' }), await share({ password: 'battery staple' })];
    const cookie = cookieOf(await post(one.path, { password: 'correct horse' }));
    expect((await get(two.path, { cookie })).status).toBe(403);
    for (const forged of ['', '9999999999.x', `${cookie}x`, 'fs_visit=9999999999', 'fs_visit=a.b.c'])
      expect((await get(one.path, { cookie: forged })).status).toBe(403);
  });

  test('takes few wrong ones a minute, also many at once, and not even the right one then', async () => {
    const { share, post, pass } = await server();
    const { path } = await share({ password: 'correct horse' });
    const tries = await Promise.all(Array.from({ length: 9 }, () => post(path, { password: 'wrong' })));
    const statuses = tries.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429, 429, 429, 429]);
    const right = await post(path, { password: 'correct horse' });
    expect([right.status, right.headers.get('retry-after')]).toEqual([429, '60']);
    pass(60_001);
    expect((await post(path, { password: 'correct horse' })).status).toBe(303);
  });

  test('a form of another site is refused', async () => {
    const { share, post } = await server();
    const { path } = await share({ password: 'correct horse' });
    const answer = await post(path, { password: 'correct horse' }, { origin: 'https://evil.test' });
    expect(answer.status).toBe(403);
    expect(cookieOf(answer)).toBe('');
  });
});

describe('a link to a directory', () => {
  const DOCS = { ...WHOLE, path: parseRelPath('docs') as RelPath | '' };

  test('lists its files and folders, and gives them, and nothing beside', async () => {
    const { share, get } = await server();
    const { path } = await share({ scope: DOCS });
    const html = await (await get(path)).text();
    expect(textOf(html)).toContain('2 files · 28 B');
    expect(html).toContain(`${path}/file?path=%C3%9Cbersicht+%221%22.html`);
    expect(html).not.toContain('secret');
    expect(textOf(await (await get(`${path}?in=sub`)).text())).toContain('b.txt');
    expect(await (await get(`${path}/file?path=sub/b.txt`)).text()).toBe('bee');
    for (const odd of ['../secret.txt', 'secret.txt', '/etc/passwd', 'sub', '', 'sub/../sub/b.txt'])
      expect((await get(`${path}/file?path=${encodeURIComponent(odd)}`)).status).toBe(404);
    for (const odd of ['..', 'none', 'sub/b.txt']) expect((await get(`${path}?in=${odd}`)).status).toBe(404);
    expect((await get(`${path}?cursor=nonsense`)).status).toBe(404);
  });

  test('gives all of it, or of a folder, as one archive', async () => {
    const { share, get } = await server();
    const { path } = await share({ scope: DOCS });
    const all = await get(`${path}/zip`);
    expect(all.headers.get('content-disposition')).toContain('docs.zip');
    const zip = readZip(new Uint8Array(await all.arrayBuffer()));
    expect(Object.fromEntries(zip)).toEqual({ 'Übersicht "1".html': HTML, 'sub/b.txt': 'bee' });
    const sub = readZip(new Uint8Array(await (await get(`${path}/zip?in=sub`)).arrayBuffer()));
    expect([...sub.keys()]).toEqual(['b.txt']);
    const whole = await share({ scope: WHOLE });
    expect((await get(`${whole.path}/zip`)).headers.get('content-disposition')).toContain('demo.zip');
  });

  test('a visit of one use lists, reads and downloads', async () => {
    const { share, get } = await server();
    const { path } = await share({ scope: DOCS, maxUses: 1 });
    const cookie = cookieOf(await get(path));
    expect((await get(`${path}?in=sub`, { cookie })).status).toBe(200);
    expect((await get(`${path}/file?path=sub/b.txt`, { cookie })).status).toBe(200);
    expect((await get(`${path}/zip`, { cookie })).status).toBe(200);
    expect((await get(`${path}/zip`)).status).toBe(410);
  });

  test('what is not there costs no use', async () => {
    const { share, get } = await server();
    const { path } = await share({ scope: DOCS, maxUses: 1 });
    for (const odd of ['?in=none', '?cursor=nonsense', '/file?path=none', '/zip?in=none', '/zip?in=sub/b.txt'])
      expect((await get(`${path}${odd}`)).status).toBe(404);
    expect((await get(path)).status).toBe(200);
    expect((await get(path)).status).toBe(410);
  });

  test('a link to a file has no other files', async () => {
    const { share, get } = await server();
    const { path } = await share();
    expect((await get(`${path}/file?path=x`)).status).toBe(404);
    expect((await get(`${path}/zip`)).status).toBe(404);
  });
});
