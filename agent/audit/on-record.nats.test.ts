// What commands change in NATS by themselves, as the audit log has it: a process of its own a command, against a real nats-server.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditLog } from '../../core/audit/audit-log.ts';
import { auditPage } from '../../core/audit/audit-page.ts';
import type { AuditEntry } from '../../core/audit/entry.ts';
import { KeptEntries } from '../../core/audit/kept-entries.ts';
import { natsAuditLog } from '../../core/audit/nats-audit-log.ts';
import { systemClock } from '../../core/model/clock.ts';
import { type NatsProject, openNatsProject } from '../testing/nats-project.ts';
import { Programs } from '../testing/program.ts';
import { onRecord } from './on-record.ts';

let works: NatsProject;
let log: AuditLog;
let dir: string;

beforeAll(async () => {
  works = await openNatsProject();
  log = natsAuditLog(works.io.link, works.tenant);
  dir = mkdtempSync(join(tmpdir(), 'fs-record-'));
});
afterAll(async () => {
  programs.kill();
  await works.close();
  rmSync(dir, { recursive: true, force: true });
});

const programs = new Programs(() => ({
  NATS_URL: works.rig.url,
  FS_TENANT: works.tenant,
  FS_DATA_DIR: join(dir, 'data'),
  FS_ACTOR: 'ada',
}));

let seen = 0;
/** Those that came since the last look, the oldest first. */
async function added(): Promise<AuditEntry[]> {
  const { entries } = await auditPage(new KeptEntries(log), { limit: 100 });
  const fresh = entries.filter(({ seq }) => seq > seen).reverse();
  seen = fresh.at(-1)?.seq ?? seen;
  return fresh;
}

test('what a command changes is in the audit log when it has ended, with who, what and what came of it', async () => {
  const actor = { kind: 'user', id: 'ada' };
  const commands: readonly (readonly [string, Partial<AuditEntry>])[] = [
    ['project create site', { action: 'project.create', scope: { project: 'site' }, outcome: 'created' }],
    ['project create site', { action: 'project.create', outcome: 'exists' }],
    ['project policy site --evict never', { action: 'policy.change', asked: { evict: 'never' }, outcome: 'done' }],
    ['pin site', { action: 'project.pin', outcome: 'pinned' }],
    ['unpin site', { action: 'project.unpin', outcome: 'unpinned' }],
    ['share site', { action: 'share.create', asked: { lastsMs: 604_800_000, password: false } }],
    ['job start archive --no-wait', { action: 'job.start', scope: { job: expect.any(String) as never } }],
    ['project rename site www', { action: 'project.rename', asked: { to: 'www' }, outcome: 'renamed' }],
    [
      'project delete www --yes',
      { action: 'project.delete', scope: { project: 'www', commit: expect.any(String) as never } },
    ],
    ['project undelete www', { action: 'project.undelete', outcome: 'restored' }],
  ];
  for (const [line, entry] of commands) {
    await programs.start(line.split(' ')).ended;
    expect(await added(), line).toMatchObject([{ actor, ...entry }]);
  }
});

test('what only looks leaves no entry, and who is not named is the user of the machine', async () => {
  await programs.start(['project', 'list']).ended;
  await programs.start(['project', 'policy', 'www']).ended;
  expect(await added()).toEqual([]);
  await programs.start(['pin', 'www', 'docs'], { FS_ACTOR: '' }).ended;
  expect(await added()).toMatchObject([
    { actor: { kind: 'user', id: expect.stringContaining(`${userInfo().username}@`) } },
  ]);
});

test('a change that fails on the way is on record as one whose outcome nobody knows', async () => {
  const actor = { kind: 'user', id: 'bob' } as const;
  const record = onRecord({ log, index: works.io.index, clock: systemClock, processLog: silent, actor });
  const cut = () => Promise.reject(new Error('the line was cut'));
  await expect(record('node.forget', { node: 'node-a' }, cut)).rejects.toThrow('the line was cut');
  expect(await added()).toMatchObject([
    { actor, action: 'node.forget', scope: { node: 'node-a' }, outcome: 'unknown' },
  ]);
});

const silent = { debug() {}, info() {}, warn() {}, error() {} };
