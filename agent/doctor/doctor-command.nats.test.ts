// `fs-sync doctor` as a person runs it: a process of its own, beside a server and a nats-server.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiServer, openApiServer } from '../testing/api-server.ts';
import type { Finding } from './finding.ts';

let at: ApiServer;
beforeAll(async () => {
  at = await openApiServer();
});
afterAll(() => at.close());

const atServer = () => ({
  ...{ NATS_URL: at.works.rig.url, FS_TENANT: at.works.tenant, FS_DATA_DIR: join(at.dir, 'server') },
});

test('beside a fleet that is well, each thing is looked at, and nothing fails', async () => {
  const end = await at.run(['doctor', '--json'], '', atServer());
  const { verdict, findings } = JSON.parse(end.out) as { verdict: string; findings: Finding[] };
  expect(findings.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
  expect([end.code, end.err, verdict === 'fail']).toEqual([0, '', false]);
  expect(new Set(findings.map(({ about }) => about))).toEqual(
    new Set(['disk', 'inotify', 'nats', 'clock', 'cold', 'agent', 'server']),
  );
  const sentences = findings.map(({ sentence }) => sentence);
  expect(sentences).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^it answers, version 2\./),
      'all streams of the tenant are there',
      'it agrees with that of NATS',
      'a range of bytes is read alone',
      'nats: connected',
    ]),
  );
});

test('what fails is told with what mends it and the command, and ends with 2', async () => {
  const end = await at.run(['doctor'], '', { FS_URL: 'http://127.0.0.1:9', FS_DATA_DIR: join(at.dir, 'none') });
  expect(end.code).toBe(2);
  expect(end.out).toMatch(/^FAIL {2}nats {5}NATS_URL is not set, and no .*\n +to mend: start the fleet/m);
  expect(end.out).toMatch(/^FAIL {2}server {3}none answers at http:\/\/127\.0\.0\.1:9\n/m);
  expect(end.out).toContain('$ curl -s http://127.0.0.1:9/healthz');
  expect(end.out).not.toContain('\x1b[');
  expect(end.out).toMatch(/\n\n2 fail, \d+ (is|are) not as good as could be, \d+ are well\.\n$/);
});

test('a tenant that NATS does not know is named, and counts only where it is to be strict', async () => {
  const env = { ...atServer(), FS_TENANT: 'stranger', FS_URL: '', FS_TOKEN: '' };
  const end = await at.run(['doctor'], '', env);
  expect(end.out).toContain('this tenant is not set up in it yet');
  expect((await at.run(['doctor', '--strict'], '', env)).code).toBe(2);
});
