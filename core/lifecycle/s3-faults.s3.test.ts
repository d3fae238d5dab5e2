// Every lifecycle task on a real S3 server, through a proxy that does to it what networks and bad servers do. While that lasts
// a task may fail, and nothing wrong is proven, delivered or dropped; when it is over, the same task ends well.
import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../model/clock.ts';
import { parseTenant, type Sha, shaOf } from '../model/ids.ts';
import { collect } from '../store/object-store.ts';
import { s3ColdStore } from '../store/s3-cold-store.ts';
import { s3Client } from '../store/s3-connect.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../store/store-errors.ts';
import { type S3Fault, type S3Request, s3FaultProxy } from '../testing/s3-fault-proxy.ts';
import { s3TestServer } from '../testing/s3-server.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { PROJECT } from '../testing/test-project.ts';
import { stateOf } from '../tier/copy-state.ts';
import { readRecord } from '../tier/object-records.ts';
import { TieredReader } from '../tier/tiered-reader.ts';
import { worksOn } from './works.fakes.ts';

const server = s3TestServer();
const settings = (endpoint: string) => ({ S3_ENDPOINT: endpoint, S3_REGION: 'us-east-1' });
const direct = s3Client(settings(server.endpoint), server);
const archive = { kind: 'archive', project: PROJECT } as const;
const evict = { kind: 'evict', by: 'hand', project: PROJECT } as const;
const promote = { kind: 'promote', mode: 'strict', project: PROJECT } as const;
const repair = { kind: 'repair', project: PROJECT } as const;
const reconcile = { kind: 'reconcile' } as const;
const scrub = { kind: 'scrub', share: 1 } as const;

/** In one request, in parts that a reader waits for, and in parts that stream to it from cold. */
const TEXTS = ['small', 'b'.repeat(9 * 2 ** 20), 'c'.repeat(17 * 2 ** 20)] as const;
const [SMALL, MIDDLE, LARGE] = TEXTS;
/** Of a text the test asks often, and hashing a large one takes as long as reading it. */
const SHAS = new Map<string, Sha>(TEXTS.map((text) => [text, shaOf(text)]));
const shaFor = (text: string): Sha => SHAS.get(text) ?? shaOf(text);
const isLarge = (key: string): boolean => key.endsWith(shaFor(LARGE));

/** With a bucket and a proxy of its own: what one test does to S3 the others do not see. */
async function onS3(patience: { readonly idleTimeoutMs?: number } = {}) {
  const proxy = await s3FaultProxy(server.endpoint);
  const bucket = `fs-faults-${randomUUID()}`;
  await direct.send(new CreateBucketCommand({ Bucket: bucket }));
  const client = s3Client(settings(proxy.endpoint), server, patience);
  const tenant = parseTenant('default');
  // Pauses before a part is sent again take no time.
  const cold = s3ColdStore({ client, bucket, tenant, clock: { ...systemClock, sleep: async () => undefined } });
  const all = await worksOn(cold, { clock: systemClock });
  for (const text of TEXTS) await all.write(`file-${text.length}`, text);
  const place = (text: string) => ({ Bucket: bucket, Key: `default/objects/${shaFor(text)}` });
  /** ETags of good bytes: the server makes them from the MD5 of what lies there, so that each is read and hashed once. */
  const goodEtags = new Set<string>();
  const isInS3 = async (text: string) => {
    const head = await direct.send(new HeadObjectCommand(place(text))).catch(() => undefined);
    if (!head?.ETag || goodEtags.has(head.ETag)) return head?.ETag !== undefined;
    const answer = await direct.send(new GetObjectCommand({ ...place(text), IfMatch: head.ETag }));
    const bytes = await answer.Body?.transformToByteArray();
    const isGood = bytes !== undefined && shaOf(bytes) === shaFor(text);
    if (isGood) goodEtags.add(head.ETag);
    return isGood;
  };
  const isInHot = async (text: string) => (await stateOf(() => all.hot.get(shaFor(text)))) === 'good';
  const reader = new TieredReader(all.tiers, all.rehydrator, new AbortController().signal);
  return {
    ...all,
    proxy,
    isInS3,
    isInHot,
    read: async (text: string) => Buffer.from(await collect((await reader.read(shaFor(text))).bytes)).toString(),
    readPart: async (text: string) => {
      const { bytes } = await reader.read(shaFor(text), { range: { start: 1, end: 5 } });
      return Buffer.from(await collect(bytes)).toString();
    },
    removeFromS3: (text: string) => direct.send(new DeleteObjectCommand(place(text))),
    overwriteInS3: (text: string, other: string) => direct.send(new PutObjectCommand({ ...place(text), Body: other })),
    /** I3: there is a good copy of everything, and what a record calls proven is so. */
    async isSound({ proven = true } = {}) {
      for (const text of TEXTS) {
        const inS3 = await isInS3(text);
        expect(inS3 || (await isInHot(text)), `a good copy of ${text.slice(0, 5)}`).toBe(true);
        const record = await readRecord(all.tiers.index, shaFor(text));
        if (proven && record?.cold) expect(inS3, `the proof of ${text.slice(0, 5)}`).toBe(true);
      }
    },
    async close() {
      client.destroy();
      await proxy.close();
    },
  };
}

type Faults = (request: S3Request) => S3Fault | undefined;
const only =
  (operation: S3Request['operation'], fault: S3Fault): Faults =>
  (request) =>
    request.operation === operation ? fault : undefined;

const FAULTS: readonly (readonly [string, Faults])[] = [
  ['answers 503', () => ({ kind: 'status', status: 503, code: 'ServiceUnavailable' })],
  ['is cut in the middle of requests', () => ({ kind: 'cut-request' })],
  ['is cut in the middle of answers', () => ({ kind: 'cut-answer' })],
  ['does what it is asked, and its answers are lost', () => ({ kind: 'lost-answer' })],
  ['gives wrong bytes', only('get', { kind: 'wrong-bytes' })],
  ['lies in HEAD: another size', only('head', { kind: 'lie', headers: { 'content-length': '3' } })],
  ['lies in HEAD: another ETag', only('head', { kind: 'lie', headers: { etag: '"0123456789abcdef"' } })],
  [
    'lies in HEAD: another SHA-256',
    only('head', { kind: 'lie', headers: { 'x-amz-checksum-sha256': Buffer.alloc(32, 7).toString('base64') } }),
  ],
  ['lies in HEAD: absent', only('head', { kind: 'lie', status: 404 })],
];

/** @returns undefined where it failed as a store fails */
async function mayFail<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const isOfStore = [StoreUnavailableError, ObjectAbsentError, ObjectCorruptError].some(
      (one) => error instanceof one,
    );
    if (!isOfStore) throw error;
    return undefined;
  }
}

describe('a faulty S3', { concurrent: true, timeout: 240_000 }, () => {
  test.each(FAULTS)(
    'I3, I6: S3 %s: nothing wrong is proven, delivered or dropped, and all ends well',
    async (_, fault) => {
      const all = await onS3();
      const under = async (work: () => Promise<unknown>, sound = {}) => {
        all.proxy.fault = fault;
        await mayFail(work).finally(() => (all.proxy.fault = undefined));
        await all.isSound(sound);
      };
      const eachIs = async (where: (text: string) => Promise<boolean>, expected = true) => {
        for (const text of TEXTS) expect(await where(text), text.slice(0, 5)).toBe(expected);
      };
      await under(() => all.run(archive));
      expect((await all.run(archive)).failures.count).toBe(0);
      await eachIs(all.isInS3);

      await under(() => all.run(evict));
      expect((await all.run(evict)).failures.count).toBe(0);
      await eachIs(all.isInHot, false);

      for (const text of TEXTS) {
        await under(async () => {
          const isRight = all.read(text).then((read) => read === text);
          // What fills hot behind a reader of a large one began under the fault, and is to end under it.
          await mayFail(() => isRight);
          await mayFail(() => all.rehydrator.rehydrate(shaFor(text), PROJECT, new AbortController().signal));
          expect(await isRight).toBe(true);
        });
        expect((await all.read(text)) === text).toBe(true);
        expect(await all.readPart(text)).toBe(text.slice(1, 5));
      }

      await all.run(promote);
      await all.run(evict);
      await under(() => all.run(promote));
      expect((await all.run(promote)).failures.count).toBe(0);
      await eachIs(all.isInHot);

      for (const task of [reconcile, repair, scrub]) {
        await all.removeFromS3(SMALL);
        if (task !== reconcile) {
          await all.overwriteInS3(MIDDLE, 'something else');
          all.hot.damage(shaFor(LARGE), Buffer.from(LARGE.replace('c', 'd')));
        }
        await under(() => all.run(task), { proven: false });
        expect((await all.run(task)).failures.count).toBe(0);
        await all.isSound();
        await eachIs(all.isInS3);
        await eachIs(all.isInHot);
      }
      await all.close();
    },
  );

  test('I3: a HEAD that says that there is what is gone evicts nothing', async () => {
    const all = await onS3();
    await all.run(archive);
    await all.removeFromS3(SMALL);
    const headers = { 'content-length': String(SMALL.length), etag: '"of something else"' };
    all.proxy.fault = only('head', { kind: 'lie', status: 200, headers });
    const { failures } = await all.run(evict);
    all.proxy.fault = undefined;
    expect(failures.listed.find(({ sha }) => sha === shaFor(SMALL))?.reason).toContain('its ETag is');
    expect(await all.isInHot(SMALL)).toBe(true);
    await all.close();
  });

  test('an upload whose last answer is lost is not done again', async () => {
    const all = await onS3();
    let lost = 0;
    all.proxy.requests.length = 0;
    all.proxy.fault = ({ operation, key }) =>
      isLarge(key) && operation === 'complete' && lost++ === 0 ? { kind: 'lost-answer' } : undefined;
    await all.run({ ...archive, shas: [shaFor(LARGE)] });
    all.proxy.fault = undefined;
    expect(lost).toBeGreaterThan(1);
    expect(all.proxy.requests.filter(({ operation, key }) => isLarge(key) && operation === 'create')).toHaveLength(1);
    expect(await all.isInS3(LARGE)).toBe(true);
    await all.close();
  });

  test('a part that S3 refuses for a while is sent again, and the others are not', async () => {
    const all = await onS3();
    let refused = 0;
    all.proxy.requests.length = 0;
    all.proxy.fault = ({ operation, key }) =>
      isLarge(key) && operation === 'part' && refused++ < 10
        ? { kind: 'status', status: 503, code: 'ServiceUnavailable' }
        : undefined;
    expect((await all.run({ ...archive, shas: [shaFor(LARGE)] })).failures.count).toBe(0);
    all.proxy.fault = undefined;
    expect(all.proxy.requests.filter(({ operation, key }) => isLarge(key) && operation === 'part')).toHaveLength(
      10 + 3,
    );
    expect(await all.isInS3(LARGE)).toBe(true);
    await all.close();
  });

  test('a server that takes requests and never answers is one that is away', async () => {
    const all = await onS3({ idleTimeoutMs: 2_000 });
    all.proxy.fault = only('head', { kind: 'silent' });
    await expect(all.cold.check(shaFor(SMALL), { sizeBytes: 5 })).rejects.toBeInstanceOf(StoreUnavailableError);
    all.proxy.fault = undefined;
    expect(await all.cold.check(shaFor(SMALL), { sizeBytes: 5 })).toEqual({ kind: 'absent' });
    await all.close();
  });

  test.each([1, 2])(
    'I3: any request may meet any fault, and repeated jobs come to their end (seed %i)',
    async (seed) => {
      const all = await onS3();
      const random = seededRandom(seed);
      const mixed: Faults = (request) => {
        const [, fault] = FAULTS[Math.floor(random() * FAULTS.length)] ?? [];
        return random() < 0.2 ? fault?.(request) : undefined;
      };
      const untilDone = async (task: typeof archive | typeof evict | typeof promote | typeof repair) => {
        for (let tries = 0; tries < 100; tries++) {
          all.proxy.fault = mixed;
          const done = await mayFail(() => all.run(task)).finally(() => (all.proxy.fault = undefined));
          await all.isSound();
          if (done?.failures.count === 0) return;
        }
        throw new Error(`${task.kind} came to no end (seed ${seed})`);
      };
      const shas: Sha[] = [];
      for (const task of [archive, repair, evict, promote, repair]) await untilDone(task);
      for (const text of TEXTS) shas.push(shaOf(await all.read(text)));
      expect(shas).toEqual(TEXTS.map(shaFor));
      await all.close();
    },
  );
});
