// The audit log's page on a fake server: who did what in words, filters and pages in the address, the chain and its check, the
// file, and what is in names that nobody chose well.
import { expect, test } from 'vitest';
import type { AuditFact } from '../core/audit/entry.ts';
import { type ProjectName, parseProjectName } from '../core/model/ids.ts';
import { FAKE_ADMIN, FakeServices } from './testing/fake-services.ts';
import { FAKE_NOW } from './testing/fake-time.ts';
import { openPages } from './testing/open-pages.ts';

const DEMO: ProjectName = parseProjectName('demo');
const textOf = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const seqsOf = (html: string) => [...html.matchAll(/ id="a-(\d+)"/g)].map(([, seq]) => Number(seq));
const fact = (change: Partial<AuditFact> = {}): AuditFact => ({
  actor: { kind: 'user', id: 'ada' },
  action: 'project.create',
  scope: { project: DEMO },
  outcome: 'project-created',
  ...change,
});

async function open(facts: readonly AuditFact[] = []) {
  const services = new FakeServices();
  services.project('demo');
  for (const one of facts) await services.audit.record(one);
  return { services, pages: openPages(services) };
}

test('who did what to what, and how it ended, newest first; what is odd is marked', async () => {
  const { pages } = await open([
    fact(),
    fact({ action: 'share.open', actor: { kind: 'address', id: '192.0.2.7' }, scope: {}, outcome: 'no-share' }),
    fact({ action: 'project.delete', outcome: 'unknown' }),
    fact({ action: 'job.start', scope: { project: DEMO, path: 'docs/a.md', job: '0mh-a' }, outcome: 'job-asked' }),
  ]);
  const html = await pages.html('/audit');
  expect(seqsOf(html)).toEqual([4, 3, 2, 1]);
  const text = textOf(html);
  expect(text).toContain('Start job demo/docs/a.md · job 0mh-a job asked');
  expect(text).toContain('Open link no such link – 192.0.2.7');
  expect(text).toContain('failed on the way: whether it was done is not known');
  expect(html.match(/is-warning/g)).toHaveLength(2);
  expect(text).toContain('Not verified since this server started.');
  expect(textOf(await openPages(new FakeServices()).html('/audit'))).toContain('No entries yet');
});

test('a log that was empty when it was verified is not called whole for what came since', async () => {
  const { services, pages } = await open([]);
  await services.audit.verify(FAKE_ADMIN);
  const html = await pages.html('/audit');
  expect(textOf(html)).toContain('Not verified since this server started.');
  expect(html).toContain('data-state="unknown"');
});

test('a program is a token of its name, in the log and in the filter; a link is named as what it is', async () => {
  const { pages } = await open([
    fact({ actor: { kind: 'token', id: 'ci (fst_0123456789ab)' } }),
    fact({ actor: { kind: 'token', id: 'link 0123abcd' }, action: 'share.open', outcome: 'opened' }),
  ]);
  const text = textOf(await pages.html('/audit'));
  expect(text).toContain('token ci (fst_0123456789ab)');
  expect(text).toContain(' link 0123abcd');
  expect(text).not.toContain('token link');
  expect(seqsOf(await pages.html('/audit?actor=ci+(fst_0123456789ab)'))).toEqual([1]);
});

test('filters and pages are in the address', async () => {
  const facts = Array.from({ length: 120 }, (_, i) => fact(i % 10 === 0 ? { actor: { kind: 'user', id: 'bob' } } : {}));
  const { pages } = await open([...facts, fact({ action: 'share.revoke', scope: {}, outcome: 'share-revoked' })]);
  const first = await pages.html('/audit');
  expect(seqsOf(first)).toHaveLength(100);
  expect(first).toContain('href="/audit?before=22" rel="next"');
  expect(seqsOf(await pages.html('/audit?before=22'))).toHaveLength(21);
  expect(seqsOf(await pages.html('/audit?actor=bob'))).toEqual([111, 101, 91, 81, 71, 61, 51, 41, 31, 21, 11, 1]);
  expect(seqsOf(await pages.html('/audit?action=share'))).toEqual([121]);
  expect(seqsOf(await pages.html('/audit?project=demo&action=project.create&actor=bob&before=12'))).toEqual([11, 1]);
  const none = await pages.html('/audit?actor=eve');
  expect(textOf(none)).toContain('No entry matches');
  expect(none).toContain('value="eve"');
  expect(none).toContain('href="/audit/export?actor=eve"');
  expect(seqsOf(await pages.html('/audit?before=nonsense&project=No+name'))).toHaveLength(100);
});

test('an entry opens beside the list with all of it as JSON, and one that is none says so', async () => {
  const { pages } = await open([fact({ asked: { to: 'x' }, scope: { project: DEMO, job: '0mh-a' } })]);
  const html = await pages.html('/audit?open=1&actor=ada');
  expect(textOf(html)).toContain('Entry 1');
  expect(html).toContain('&quot;to&quot;: &quot;x&quot;');
  expect(html).toContain('href="/jobs/0mh-a"');
  expect(html).toMatch(/data-copy="1:[0-9a-f]{64}"/);
  expect(html).toContain('href="/audit?actor=ada" data-soft="" data-close=""');
  expect(textOf(await pages.html('/audit?open=9'))).toContain('There is no such entry');
});

test('names stay where they are put', async () => {
  const hostile = '<script>alert(1)</script>"\u202e';
  const { pages } = await open([
    fact({ actor: { kind: 'user', id: hostile }, scope: { project: DEMO, path: hostile } }),
  ]);
  const html = await pages.html(`/audit?open=1&actor=${encodeURIComponent(hostile)}`);
  expect(seqsOf(html)).toEqual([1]);
  expect(html).not.toContain('<script>alert');
  // What is copied is as it is; what is read is not.
  expect(textOf(html)).not.toContain('\u202e');
});

test('a person has the chain verified, and what came of it is said with the entry that does not fit', async () => {
  const { services, pages } = await open([fact()]);
  const answer = await pages.post('/audit/verify', {});
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/audit?said=audit-verifying']);
  expect(services.audit.facts.at(-1)).toMatchObject({ action: 'audit.verify', actor: { kind: 'user' } });
  const patch = await pages.post('/audit/verify', {}, { 'datastar-request': 'true' });
  expect(await patch.text()).toContain('each entry from the first on');

  const said = async () => textOf(await pages.html('/audit'));
  services.audit.shown = { running: { done: 3_000, total: 12_000 }, last: undefined };
  expect(await said()).toContain('Verifying: 3,000 of 12,000 entries.');
  const entry = await services.audit.entry(1);
  if (!entry) throw new Error('no entry');
  const whole = { kind: 'whole', count: 1_204, firstSeq: 1, head: { seq: 1_204, hash: entry.hash } } as const;
  services.audit.shown = { running: undefined, last: { at: FAKE_NOW, verdict: whole } };
  expect(await said()).toContain('All 1,204 entries are whole, up to entry 1,204.');
  expect(await pages.html('/audit')).toContain(`data-copy="1204:${entry.hash}"`);
  const verdict = { kind: 'broken', count: 4, seq: 5, fault: 'changed' } as const;
  services.audit.shown = { running: undefined, last: { at: FAKE_NOW, verdict } };
  expect(await said()).toContain('Not whole: entry 5 was changed. The 4 entries before it fit.');
  services.audit.shown = { running: undefined, last: { at: FAKE_NOW, failed: 'NATS is away' } };
  expect(await said()).toContain('Not verified: NATS is away');
});

test('all that match are a file of one entry a line, as they are stored', async () => {
  const { services, pages } = await open([fact(), fact({ actor: { kind: 'user', id: 'bob' } }), fact()]);
  const answer = await pages.get('/audit/export?actor=ada');
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="audit-default.ndjson"');
  const lines = (await answer.text()).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).seq)).toEqual([3, 1]);
  expect(lines[1]).toBe(Buffer.from(services.audit.log.stored.get(1) ?? []).toString());
});
