// `fs-sync audit` and `audit verify` as a person uses them: a process of its own a command, against a real nats-server.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aDraft } from '../../core/audit/audit-log.contract.ts';
import { natsAuditLog } from '../../core/audit/nats-audit-log.ts';
import { noteHead } from '../../core/audit/noted-head.ts';
import { publish } from '../../core/store/nats-js-api.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { auditSubject, indexBucket } from '../../core/store/nats-names.ts';
import { type NatsProject, openNatsProject } from '../testing/nats-project.ts';
import { Programs } from '../testing/program.ts';
import { auditCommand, verifyCommand } from './audit-command.ts';

let works: NatsProject;
let dir: string;

beforeAll(async () => {
  works = await openNatsProject();
  dir = mkdtempSync(join(tmpdir(), 'fs-audit-'));
});
afterAll(async () => {
  programs.kill();
  await works.close();
  rmSync(dir, { recursive: true, force: true });
});

const settings = () => ({ NATS_URL: works.rig.url, FS_TENANT: works.tenant, FS_DATA_DIR: join(dir, 'data') });
const programs = new Programs(settings);
const run = (...args: string[]) => programs.start(args).ended;

test('entries are listed and filtered, the chain is whole, and what is not is named with exit code 2', async () => {
  const log = natsAuditLog(works.io.link, works.tenant);
  const index = natsKeyValue(works.io.link, indexBucket(works.tenant));
  expect((await run('audit')).out).toBe('No entry matches.\n');
  const ts = new Date().toISOString();
  const first = await log.append(aDraft('a', { ts: '2020-01-01T00:00:00.000Z' }));
  const second = await log.append(aDraft('b', { ts, actor: { kind: 'user', id: 'bob' }, action: 'share.revoke' }));
  await noteHead({ index, log }, second);

  const listed = await run('audit');
  expect([listed.code, listed.err]).toEqual([0, '']);
  const [newest = '', oldest = ''] = listed.out.split('\n');
  expect(newest).toMatch(/^2 {2}.* UTC {2}bob {2}share\.revoke, project demo: project-created$/);
  expect(oldest).toBe('1  2020-01-01 00:00:00 UTC  ada  project.create, project demo: project-created');
  for (const filter of [
    ['--actor', 'bob'],
    ['--action', 'share'],
    ['--since', '1d'],
    ['--limit', '1'],
  ]) {
    expect((await auditCommand({ limit: '50', [filter[0]?.slice(2) ?? '']: filter[1] }, settings())).length).toBe(1);
  }
  expect(JSON.parse((await run('audit', '--project', 'demo', '--json')).out.split('\n')[1] ?? '')).toEqual(first);

  const whole = await run('audit', 'verify');
  expect(whole).toMatchObject({ code: 0, out: expect.stringContaining('All 2 entries are whole, up to entry 2.') });
  const kept = `${second.seq}:${second.hash}`;
  expect(whole.out).toContain(kept);
  expect(JSON.parse(await verifyCommand({ known: kept, json: true }, settings()))).toMatchObject({ kind: 'whole' });
  expect(await run('audit', 'verify', '--known', `1:${second.hash}`)).toMatchObject({
    code: 2,
    err: 'fs-sync: Not whole: entry 1 is not the one that was written there.\n',
  });
  await publish(works.io.link, auditSubject(works.tenant, undefined, 'project.create'), 'no entry');
  const broken = await run('audit', 'verify');
  expect(broken).toMatchObject({
    code: 2,
    err: expect.stringMatching(/entry 3 is none.* The 2 entries before it fit\./),
  });
});

test.each([
  [{ since: 'yesterday' }, '--since is "yesterday": give a time such as 12h, 7d or 4w'],
  [{ limit: '0' }, '--limit is "0": give a whole number from 1 to'],
  [{ project: 'No' }, 'is not a project name'],
])('audit with %j says what to mend', async (args, message) => {
  await expect(auditCommand({ limit: '50', ...args }, settings())).rejects.toThrow(message);
});

test.each(['12', '0:aa', 'x:y'])('a known entry of %s says what to give', async (known) => {
  await expect(verifyCommand({ known }, settings())).rejects.toThrow('--known');
});
