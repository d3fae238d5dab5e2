// kill -9 of a server in the middle of what it asks of S3, at each stage of each task. Another server takes the work over; what
// comes of it is what would have come without, byte for byte, and nothing is told twice. One server is held at many stages
// at once, each in a project of its own, so that the 15 s after which it is taken for gone are waited for once.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProjectName, parseProjectName, type Sha, shaOf } from '../../core/model/ids.ts';
import type { JobTask } from '../../core/model/job.ts';
import { restorePointKey } from '../../core/model/restore-point.ts';
import { type NatsRig, startNatsRig } from '../../core/testing/nats-rig.ts';
import type { S3Request } from '../../core/testing/s3-fault-proxy.ts';
import { s3TestServer } from '../../core/testing/s3-server.ts';
import { natsRecall } from '../../core/tier/nats-recall.ts';
import { recall } from '../../core/tier/recall.ts';
import { holdAt, type RealServer, RealServers, type Stage } from '../testing/real-servers.ts';

const s3 = s3TestServer();
let rig: NatsRig;
beforeAll(async () => {
  rig = await startNatsRig();
});
afterAll(() => rig.close());

/** Its files have bytes that no other project has; the large one goes to S3 in parts. */
interface Files {
  readonly project: ProjectName;
  readonly small: string;
  readonly large: string;
}

function filesOf(name: string): Files {
  return { project: parseProjectName(name), small: `small of ${name}`, large: `large of ${name}`.padEnd(9 * 2 ** 20) };
}
const textsOf = (all: readonly Files[]): string[] => all.flatMap(({ small, large }) => [small, large]);
const shasOf = (all: readonly Files[]): Sha[] => textsOf(all).map(shaOf).toSorted();

function onObject(operation: S3Request['operation'], text: string, when: Stage['when']): Stage {
  const end = `/objects/${shaOf(text)}`;
  return { matches: (request) => request.operation === operation && request.key.endsWith(end), when };
}

interface At {
  readonly servers: RealServers;
  /** to be killed */
  readonly first: RealServer;
}

async function oneServer(): Promise<At> {
  const servers = await RealServers.open(rig, s3);
  return { servers, first: await servers.start() };
}

async function archived(all: readonly Files[]): Promise<At> {
  const at = await oneServer();
  const { servers } = at;
  for (const { project, small, large } of all) await servers.write({ small, large }, project);
  await allDone(servers, await askAll(servers, all.map(archive)), 1);
  return at;
}

const archive = ({ project }: Files): JobTask => ({ kind: 'archive', project });
const evict = ({ project }: Files): JobTask => ({ kind: 'evict', by: 'hand', project });
const promote = ({ project }: Files): JobTask => ({ kind: 'promote', mode: 'strict', project });

const askAll = (servers: RealServers, tasks: readonly JobTask[]): Promise<string[]> =>
  Promise.all(tasks.map((task) => servers.ask(task)));

async function allDone(servers: RealServers, ids: readonly string[], attempts: number): Promise<void> {
  for (const id of ids) {
    const { task, state, attempts: made, failures } = await servers.untilOver(id);
    expect({ task, state, made, failures: failures.count }).toEqual({
      task,
      state: 'done',
      made: attempts,
      failures: 0,
    });
  }
}

/** Kills the server when it holds a request at each of the stages; another one has started by then. */
async function killedAt<T>({ servers, first }: At, stages: readonly Stage[], begin: () => Promise<T>): Promise<T> {
  const held = holdAt(first.proxy, stages);
  const begun = await begin();
  await held.reached;
  await servers.start();
  await first.kill();
  held.release();
  return begun;
}

async function each(
  all: readonly Files[],
  holds: (text: string) => Promise<boolean>,
  expected: boolean,
): Promise<void> {
  for (const text of textsOf(all)) expect(await holds(text), text.slice(0, 20).trimEnd()).toBe(expected);
}

describe('kill -9 of a server', { concurrent: true, timeout: 400_000 }, () => {
  test('archive: before an object is there, and after; between its parts, and after they became it; before a restore point moves', async () => {
    const [unput, unproven, unpointed] = [filesOf('unput'), filesOf('unproven'), filesOf('unpointed')];
    const [inParts, complete] = [filesOf('in-parts'), filesOf('complete')];
    const all = [unput, unproven, inParts, complete, unpointed];
    const at = await oneServer();
    const { servers } = at;
    const point = restorePointKey(unpointed.project);
    const stages: readonly Stage[] = [
      onObject('put', unput.small, 'before'),
      onObject('put', unproven.small, 'after'),
      onObject('part', inParts.large, 'before'),
      onObject('complete', complete.large, 'after'),
      { matches: ({ operation, key }) => operation === 'put' && key.endsWith(point), when: 'before' },
    ];
    await killedAt(at, stages, async () => {
      for (const { project, small, large } of all) await servers.write({ small, large }, project);
    });
    for (const text of textsOf(all)) await servers.untilArchived(text);
    await each(all, servers.isInS3, true);
    // The projects' own events are worked off too.
    await allDone(servers, await askAll(servers, all.map(archive)), 1);
    expect((await servers.told('ObjectArchived')).toSorted()).toEqual(shasOf(all));
    await servers.close();
  });

  test('evict: before the first proof, and after a proof; promote: before an object comes, and while one comes', async () => {
    const [going, gone] = [filesOf('going'), filesOf('gone')];
    const [coming, halfway] = [filesOf('coming'), filesOf('halfway')];
    const at = await archived([going, gone, coming, halfway]);
    const { servers } = at;
    await allDone(servers, await askAll(servers, [evict(coming), evict(halfway)]), 1);
    const stages: readonly Stage[] = [
      onObject('head', going.small, 'before'),
      onObject('head', gone.large, 'after'),
      onObject('get', coming.small, 'before'),
      onObject('get', halfway.large, 'after'),
    ];
    const tasks = [evict(going), evict(gone), promote(coming), promote(halfway)];
    await allDone(servers, await killedAt(at, stages, () => askAll(servers, tasks)), 2);
    await each([going, gone], servers.isInHot, false);
    await each([going, gone], servers.isInS3, true);
    await each([coming, halfway], servers.isInHot, true);
    expect((await servers.told('ObjectEvicted')).toSorted()).toEqual(shasOf([going, gone, coming, halfway]));
    expect((await servers.told('ObjectRehydrated')).toSorted()).toEqual(shasOf([coming, halfway]));
    await servers.close();
  });

  test('deactivate: while it proves what is to leave hot; repair: before and after it puts again; a first read: while it comes', async () => {
    const [leaving, lost, healed, read] = [filesOf('leaving'), filesOf('lost'), filesOf('healed'), filesOf('read')];
    const at = await archived([leaving, lost, healed, read]);
    const { servers } = at;
    await allDone(servers, await askAll(servers, [evict(read)]), 1);
    for (const { small } of [lost, healed]) await servers.removeFromS3(small);
    const stages: readonly Stage[] = [
      onObject('head', leaving.small, 'before'),
      onObject('put', lost.small, 'before'),
      onObject('put', healed.small, 'after'),
      onObject('get', read.large, 'after'),
    ];
    const tasks: readonly JobTask[] = [
      { kind: 'deactivate', project: leaving.project },
      ...[lost, healed].map(({ project }): JobTask => ({ kind: 'repair', project })),
    ];
    const asks = natsRecall(servers.io.link, servers.tenant);
    const sha = shaOf(read.large);
    const ids = await killedAt(at, stages, async () => {
      await asks.ask(sha);
      return askAll(servers, tasks);
    });
    await recall(asks, sha, undefined);
    await allDone(servers, ids, 2);
    await each([leaving], servers.isInHot, false);
    await each([leaving, lost, healed], servers.isInS3, true);
    await each([lost, healed], servers.isInHot, true);
    expect(await servers.isInHot(read.large)).toBe(true);
    expect(await servers.told('ObjectRehydrated')).toEqual([sha]);
    await servers.close();
  });

  test('scrub: while it reads a copy; sweep: while it lists cold', async () => {
    const scrubbed = filesOf('scrubbed');
    const { small, large } = scrubbed;
    const at = await archived([scrubbed]);
    const { servers } = at;
    await servers.overwriteInS3(small, small.replace('small', 'smell'));
    const stages: readonly Stage[] = [
      onObject('get', large, 'after'),
      { matches: ({ operation }) => operation === 'list', when: 'after' },
    ];
    const tasks: readonly JobTask[] = [{ kind: 'scrub', share: 1 }, { kind: 'sweep' }];
    await allDone(servers, await killedAt(at, stages, () => askAll(servers, tasks)), 2);
    await each([scrubbed], servers.isInHot, true);
    await each([scrubbed], servers.isInS3, true);
    expect(await servers.told('ObjectCorrupt')).toEqual([shaOf(small)]);
    await servers.close();
  });
});
