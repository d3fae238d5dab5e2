// kill -9 of a server in the middle of what it asks of S3, at each stage of each task. Another server takes the work over; what
// comes of it is what would have come without, byte for byte, and nothing is told twice.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shaOf } from '../../core/model/ids.ts';
import type { JobTask } from '../../core/model/job.ts';
import { type NatsRig, startNatsRig } from '../../core/testing/nats-rig.ts';
import type { S3Request } from '../../core/testing/s3-fault-proxy.ts';
import { s3TestServer } from '../../core/testing/s3-server.ts';
import { PROJECT } from '../../core/testing/test-project.ts';
import { natsRecall } from '../../core/tier/nats-recall.ts';
import { recall } from '../../core/tier/recall.ts';
import { holdAt, RealServers } from '../testing/real-servers.ts';

const s3 = s3TestServer();
let rig: NatsRig;
beforeAll(async () => {
  rig = await startNatsRig();
});
afterAll(() => rig.close());

const SMALL = 'small';
const LARGE = 'l'.repeat(17 * 2 ** 20);
const TEXTS = { small: SMALL, large: LARGE };

const onObject =
  (operation: S3Request['operation'], text: string) =>
  (request: S3Request): boolean =>
    request.operation === operation && request.key.endsWith(`/objects/${shaOf(text)}`);
const onPoint = (request: S3Request): boolean => request.operation === 'put' && request.key.endsWith('current.json');

type Stage = readonly [string, (request: S3Request) => boolean, 'before' | 'after'];

/** Servers with all files archived, and what a killed one and its successor leave. */
async function archived(): Promise<RealServers> {
  const servers = await RealServers.open(rig, s3);
  const first = await servers.start();
  await servers.write(TEXTS);
  for (const text of Object.values(TEXTS)) await servers.untilArchived(text);
  await servers.untilOver(await servers.ask({ kind: 'archive', project: PROJECT }));
  await first.kill();
  return servers;
}

/** Kills the server that holds a request at the stage; another one has started by then. */
async function killedAt(servers: RealServers, [, matches, when]: Stage, begin: () => Promise<unknown>): Promise<void> {
  const first = await servers.start();
  const held = holdAt(first.proxy, matches, when);
  await begin();
  await held.reached;
  await servers.start();
  await first.kill();
  held.release();
}

describe('kill -9 of a server', { concurrent: true, timeout: 400_000 }, () => {
  test.each<Stage>([
    ['before the object is there', onObject('put', SMALL), 'before'],
    ['after it is there, unproven', onObject('put', SMALL), 'after'],
    ['in the middle of its parts', onObject('part', LARGE), 'before'],
    ['after they became it', onObject('complete', LARGE), 'after'],
    ['before the restore point moves', onPoint, 'before'],
  ])('archive: %s', async (...stage) => {
    const servers = await RealServers.open(rig, s3);
    await killedAt(servers, stage, () => servers.write(TEXTS));
    for (const text of Object.values(TEXTS)) {
      await servers.untilArchived(text);
      expect(await servers.isInS3(text)).toBe(true);
    }
    // The project's own event is worked off too.
    const job = await servers.untilOver(await servers.ask({ kind: 'archive', project: PROJECT }));
    expect(job).toMatchObject({ state: 'done', failures: { count: 0 } });
    const told = await servers.told('ObjectArchived');
    expect(told.toSorted()).toEqual(Object.values(TEXTS).map(shaOf).toSorted());
    await servers.close();
  });

  test.each<Stage>([
    ['before the first proof', onObject('head', SMALL), 'before'],
    ['after a proof', onObject('head', LARGE), 'after'],
  ])('evict: %s', async (...stage) => {
    const servers = await archived();
    const task: JobTask = { kind: 'evict', by: 'hand', project: PROJECT };
    let id = '';
    await killedAt(servers, stage, async () => (id = await servers.ask(task)));
    expect(await servers.untilOver(id)).toMatchObject({ state: 'done', attempts: 2, failures: { count: 0 } });
    for (const text of Object.values(TEXTS)) {
      expect(await servers.isInHot(text)).toBe(false);
      expect(await servers.isInS3(text)).toBe(true);
    }
    expect((await servers.told('ObjectEvicted')).toSorted()).toEqual(Object.values(TEXTS).map(shaOf).toSorted());
    await servers.close();
  });

  test('rehydrate: while the object comes from S3', async () => {
    const servers = await archived();
    const evictor = await servers.start();
    await servers.untilOver(await servers.ask({ kind: 'evict', by: 'hand', project: PROJECT }));
    await evictor.kill();
    const asks = natsRecall(servers.io.link, servers.tenant);
    await killedAt(servers, ['', onObject('get', LARGE), 'after'], () => asks.ask(shaOf(LARGE)));
    await recall(asks, shaOf(LARGE), undefined);
    expect(await servers.isInHot(LARGE)).toBe(true);
    expect(await servers.told('ObjectRehydrated')).toEqual([shaOf(LARGE)]);
    await servers.close();
  });

  test.each<Stage>([
    ['before an object comes', onObject('get', SMALL), 'before'],
    ['while one comes', onObject('get', LARGE), 'after'],
  ])('promote: %s', async (...stage) => {
    const servers = await archived();
    const evictor = await servers.start();
    await servers.untilOver(await servers.ask({ kind: 'evict', by: 'hand', project: PROJECT }));
    await evictor.kill();
    let id = '';
    const task: JobTask = { kind: 'promote', mode: 'strict', project: PROJECT };
    await killedAt(servers, stage, async () => (id = await servers.ask(task)));
    expect(await servers.untilOver(id)).toMatchObject({ state: 'done', attempts: 2, failures: { count: 0 } });
    for (const text of Object.values(TEXTS)) expect(await servers.isInHot(text)).toBe(true);
    await servers.close();
  });

  test('deactivate: while it proves what is to leave hot', async () => {
    const servers = await archived();
    let id = '';
    const task: JobTask = { kind: 'deactivate', project: PROJECT };
    await killedAt(servers, ['', onObject('head', SMALL), 'before'], async () => (id = await servers.ask(task)));
    expect(await servers.untilOver(id)).toMatchObject({ state: 'done', attempts: 2, failures: { count: 0 } });
    for (const text of Object.values(TEXTS)) {
      expect([await servers.isInHot(text), await servers.isInS3(text)]).toEqual([false, true]);
    }
    await servers.close();
  });
});
