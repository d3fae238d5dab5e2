// Two servers on one NATS and one S3, at once: what one of them does the other leaves alone, and nothing of it is wrong.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCurrent } from '../../core/commit/current.ts';
import { type Sha, shaOf } from '../../core/model/ids.ts';
import type { JobTask } from '../../core/model/job.ts';
import { type NatsRig, startNatsRig } from '../../core/testing/nats-rig.ts';
import { s3TestServer } from '../../core/testing/s3-server.ts';
import { PROJECT } from '../../core/testing/test-project.ts';
import { RealServers } from '../testing/real-servers.ts';

const s3 = s3TestServer();
let rig: NatsRig;
let servers: RealServers;
beforeAll(async () => {
  rig = await startNatsRig();
  servers = await RealServers.open(rig, s3);
});
afterAll(async () => {
  await servers.close();
  await rig.close();
});

const LARGE = ['one', 'two'].map((name) => name.repeat(4 * 2 ** 20));
const SMALL = Array.from({ length: 60 }, (_, i) => `content ${i}`);
const TEXTS = [...SMALL, ...LARGE];

test('work is shared, each job is run by one of them, and what is in hot, in cold and on record is right', async () => {
  const two = await Promise.all([servers.start(), servers.start()]);
  for (let at = 0; at < TEXTS.length; at += 10) {
    await servers.write(Object.fromEntries(TEXTS.slice(at, at + 10).map((text, i) => [`dir-${at}/${i}`, text])));
  }
  for (const text of TEXTS) await servers.untilArchived(text);
  const run = async (task: JobTask) => servers.untilOver(await servers.ask(task));
  const archive: JobTask = { kind: 'archive', project: PROJECT };
  expect(await run(archive)).toMatchObject({ state: 'done', attempts: 1, failures: { count: 0 } });

  const requests = two.flatMap(({ proxy }) => proxy.requests);
  const shas = new Set<string>(TEXTS.map(shaOf));
  const puts = requests.filter(
    ({ operation, key }) =>
      (operation === 'put' || operation === 'complete') && shas.has(key.slice(key.lastIndexOf('/') + 1)),
  );
  // A large one is claimed; a small one, whose own event and whose project's are with different servers, may go twice.
  expect(puts.length).toBeLessThanOrEqual(2 * TEXTS.length);
  for (const text of LARGE) {
    expect(puts.filter(({ key }) => key.endsWith(shaOf(text)))).toHaveLength(1);
  }
  expect(sorted(await servers.told('ObjectArchived'))).toEqual(sorted(TEXTS.map(shaOf)));
  const point = await servers.restorePoint();
  expect(point?.current.commit_sha).toBe((await readCurrent(servers.io.index, PROJECT))?.current.commit_sha);

  const tasks: readonly JobTask[] = [
    { kind: 'evict', by: 'hand', project: PROJECT },
    { kind: 'promote', mode: 'strict', project: PROJECT },
    { kind: 'repair', project: PROJECT },
    { kind: 'reconcile' },
    { kind: 'scrub', share: 1 },
    { kind: 'sweep' },
  ];
  const ids = await Promise.all(tasks.map((task) => servers.ask(task)));
  for (const id of ids) {
    const { state, attempts, failures } = await servers.untilOver(id);
    expect({ state, attempts, failures: failures.count }).toEqual({ state: 'done', attempts: 1, failures: 0 });
  }
  expect(await run({ kind: 'promote', mode: 'strict', project: PROJECT })).toMatchObject({ failures: { count: 0 } });
  for (const text of TEXTS) {
    expect([await servers.isInHot(text), await servers.isInS3(text)]).toEqual([true, true]);
  }
}, 240_000);

const sorted = (shas: readonly Sha[]): Sha[] => [...shas].sort();
