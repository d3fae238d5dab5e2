// S3 against the contract on a real server, and what only S3 meets: buckets, keys, parts, classes, links.
import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from 'vitest';
import { attachment } from '../model/attachment.ts';
import { fakeSha, parseTenant, shaOf } from '../model/ids.ts';
import { s3Gate } from '../testing/s3-gate.ts';
import { s3TestServer } from '../testing/s3-server.ts';
import { coldStoreContract } from './cold-store.contract.ts';
import type { ColdLink, ColdStore } from './cold-store.ts';
import { collect } from './object-store.ts';
import { type S3ColdOptions, s3ColdStore } from './s3-cold-store.ts';
import { s3Client } from './s3-connect.ts';
import { putWhole } from './s3-upload.ts';
import { StoreDeniedError, StoreUnavailableError } from './store-errors.ts';

const server = s3TestServer();
const tenant = parseTenant('acme');
const settings = (endpoint: string) => ({ S3_ENDPOINT: endpoint, S3_REGION: 'us-east-1' });
const direct = s3Client(settings(server.endpoint), server);
const newBucket = () => `fs-test-${randomUUID()}`;

async function uploadsIn(bucket: string): Promise<string[]> {
  const { Uploads = [] } = await direct.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return Uploads.map(({ Key = '' }) => Key);
}

async function keysIn(bucket: string, prefix: string): Promise<string[]> {
  const { Contents = [] } = await direct.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  return Contents.map(({ Key = '' }) => Key);
}

for (const compression of ['none', 'gzip'] as const)
  coldStoreContract(`S3, compression ${compression}`, async () => {
    const bucket = newBucket();
    await direct.send(new CreateBucketCommand({ Bucket: bucket }));
    const gate = await s3Gate(server.endpoint);
    const client = s3Client(settings(gate.endpoint), server);
    return {
      store: s3ColdStore({ client, bucket, tenant, compression }),
      neighbour: s3ColdStore({ client, bucket, tenant: parseTenant('other') }),
      overwrite: async (sha, bytes) => {
        await direct.send(new PutObjectCommand({ Bucket: bucket, Key: `acme/objects/${sha}`, Body: bytes }));
      },
      leftovers: async () => [...(await uploadsIn(bucket)), ...(await keysIn(bucket, 'acme/probe/'))],
      takeAway: () => gate.close(),
      giveBack: () => gate.open(),
      close: async () => {
        client.destroy();
        await gate.close();
      },
    };
  });

describe('S3', () => {
  let bucket: string;
  beforeAll(async () => {
    bucket = newBucket();
    await direct.send(new CreateBucketCommand({ Bucket: bucket }));
  });
  const storeOf = (options: Partial<S3ColdOptions> = {}) => s3ColdStore({ client: direct, bucket, tenant, ...options });

  test('I3: an object in a bucket that is gone is not absent', async () => {
    const store = storeOf({ bucket: newBucket() });
    for (const attempt of [
      () => store.check(fakeSha(), { sizeBytes: 1 }),
      () => store.get(fakeSha()),
      () => store.getDocument('projects/demo/current.json'),
      () => store.put(shaOf('x'), 1, Buffer.from('x')),
      () => store.list()[Symbol.asyncIterator]().next(),
    ]) {
      await expect(attempt(), attempt.toString()).rejects.toThrow(
        'the bucket does not exist: create it, or set S3_BUCKET',
      );
    }
  });

  test('a probe makes the bucket, and sees what the server checks', async () => {
    const store = storeOf({ bucket: newBucket() });
    expect(await store.probe()).toMatchObject({ kind: 's3', verifiesPayloadHash: true, signedLinks: true });
    await store.put(shaOf('x'), 1, Buffer.from('x'));
  });

  test('wrong credentials are said by the variable that holds them', async () => {
    const withKey = (key: Partial<typeof server>) =>
      storeOf({ client: s3Client(settings(server.endpoint), { ...server, ...key }) });
    for (const attempt of [
      (store: ColdStore) => store.probe(),
      (store: ColdStore) => store.check(fakeSha(), { sizeBytes: 1 }),
    ]) {
      await expect(attempt(withKey({ accessKeyId: 'unknown' }))).rejects.toThrow('check AWS_ACCESS_KEY_ID');
      await expect(attempt(withKey({ secretAccessKey: 'wrong' }))).rejects.toThrow('check AWS_SECRET_ACCESS_KEY');
      await expect(attempt(withKey({ secretAccessKey: 'wrong' }))).rejects.toBeInstanceOf(StoreDeniedError);
    }
  });

  test('an address where nothing listens is said with the address', async () => {
    const gate = await s3Gate(server.endpoint);
    await gate.close();
    const store = storeOf({ client: s3Client(settings(gate.endpoint), server) });
    await expect(store.probe()).rejects.toThrow(`s3://${bucket} at ${gate.endpoint}: no answer (ECONNREFUSED)`);
  });

  test('I6: the server itself refuses a body that is not what its signed hash says', async () => {
    const wrong = putWhole({ client: direct, bucket }, 'acme/objects/wrong', Buffer.from('wrong'), {
      sha: shaOf('right'),
    });
    await expect(wrong).rejects.toMatchObject({ name: 'XAmzContentSHA256Mismatch' });
    expect(await keysIn(bucket, 'acme/objects/wrong')).toEqual([]);
  });

  test('a connection that is lost in the middle of a read is a failure of the store, not a bad object', async () => {
    const gate = await s3Gate(server.endpoint);
    const store = storeOf({ client: s3Client(settings(gate.endpoint), server) });
    const bytes = Buffer.alloc(32 * 2 ** 20, 5);
    await store.put(shaOf(bytes), bytes.length, bytes);
    const reading = async () => {
      for await (const part of (await store.get(shaOf(bytes))).bytes) if (part.length > 0) await gate.close();
    };
    await expect(reading()).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  test.runIf(server.own)('a prefix, a storage class and a key of the server are used', async () => {
    const store = storeOf({ prefix: 'backup/', storageClass: 'STANDARD_IA', kmsKeyId: 'testkey-1' });
    const proof = await store.put(shaOf('y'), 1, Buffer.from('y'));
    expect(proof).toMatchObject({ key: `backup/acme/objects/${shaOf('y')}`, storageClass: 'STANDARD_IA' });
    const head = await direct.send(new HeadObjectCommand({ Bucket: bucket, Key: proof.key }));
    expect(head).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'testkey-1' });
    expect(Buffer.from(await collect((await store.get(shaOf('y'))).bytes)).toString()).toBe('y');
    await store.putDocument('projects/demo/current.json', Buffer.from('{}'));
    expect(await keysIn(bucket, 'backup/acme/projects/')).toEqual(['backup/acme/projects/demo/current.json']);
  });

  test.runIf(server.own)('a large object and documents have them too, as far as they are theirs', async () => {
    const store = storeOf({ prefix: 'large/', storageClass: 'STANDARD_IA', kmsKeyId: 'testkey-2' });
    const bytes = Buffer.alloc(20 * 2 ** 20, 6);
    const proof = await store.put(shaOf(bytes), bytes.length, bytes);
    expect(await store.check(shaOf(bytes), { sizeBytes: bytes.length, etag: proof.etag })).toMatchObject({
      kind: 'proven',
    });
    expect(shaOf(await collect((await store.get(shaOf(bytes))).bytes))).toBe(shaOf(bytes));
    await store.putDocument('projects/demo/current.json', Buffer.from('{}'));
    const headOf = (Key: string) => direct.send(new HeadObjectCommand({ Bucket: bucket, Key }));
    const encrypted = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'testkey-2' };
    expect(await headOf(proof.key)).toMatchObject({ ...encrypted, StorageClass: 'STANDARD_IA' });
    const document = await headOf('large/acme/projects/demo/current.json');
    expect(document).toMatchObject(encrypted);
    expect(document.StorageClass ?? 'STANDARD').toBe('STANDARD');
  });

  const HOUR = { expiresInSeconds: 3600, contentType: 'application/octet-stream', fileName: 'file' };
  const urlOf = (link: ColdLink): string => {
    if (link.kind === 'none') throw new Error(`there is no link: ${link.reason}`);
    return link.url;
  };

  test('a signed link gives the bytes under the file’s own name and type, whole and in part, to anyone', async () => {
    const store = storeOf();
    await store.put(shaOf('linked'), 6, Buffer.from('linked'));
    const fileName = 'Bericht "ä" (1)\r\nX: y;.pdf';
    const url = urlOf(await store.signedLink(shaOf('linked'), { ...HOUR, fileName, contentType: 'application/pdf' }));
    const answer = await fetch(url);
    expect(await answer.text()).toBe('linked');
    expect(answer.headers.get('content-type')).toBe('application/pdf');
    expect(answer.headers.get('content-disposition')).toBe(attachment(fileName));
    const part = await fetch(url, { headers: { range: 'bytes=2-4' } });
    expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([206, 'nke', 'bytes 2-4/6']);
    expect((await fetch(`${url}x`)).status).toBe(403);
    expect((await fetch(url.replace(/response-content-type=[^&]*/, 'response-content-type=text%2Fhtml'))).status).toBe(
      403,
    );
  });

  test('a signed link ends when it is to end, and has the address that clients know', async () => {
    const store = storeOf();
    await store.put(shaOf('linked'), 6, Buffer.from('linked'));
    const asOf = new Date(Date.now() - 120_000);
    const url = urlOf(
      await storeOf({ clock: { now: () => asOf.getTime(), sleep: () => Promise.resolve() } }).signedLink(
        shaOf('linked'),
        { ...HOUR, expiresInSeconds: 60 },
      ),
    );
    expect((await fetch(url)).status).toBe(403);
    const gate = await s3Gate(server.endpoint);
    const linkClient = s3Client(settings(gate.endpoint), server);
    const elsewhere = urlOf(await storeOf({ linkClient }).signedLink(shaOf('linked'), HOUR));
    expect(elsewhere.startsWith(`${gate.endpoint}/${bucket}/`)).toBe(true);
    expect(await (await fetch(elsewhere)).text()).toBe('linked');
    await gate.close();
  });

  test('a compressed object has no link, because what lies there is not the file', async () => {
    const store = storeOf({ compression: 'gzip' });
    const bytes = Buffer.from('many words '.repeat(1000));
    await store.put(shaOf(bytes), bytes.length, bytes);
    const link = await store.signedLink(shaOf(bytes), HOUR);
    expect(link).toEqual({ kind: 'none', reason: expect.stringContaining('compressed') });
  });

  test('I6: a large object is compressed in parts, proven, and read back, whole and in part', async () => {
    const store = storeOf({ compression: 'gzip' });
    const bytes = Buffer.from(
      Array.from({ length: 60_000 }, (_, i) => `${shaOf(String(i))} line ${i}\n`.repeat(5)).join(''),
    );
    expect(bytes.length).toBeGreaterThan(20 * 2 ** 20);
    const sha = shaOf(bytes);
    const proof = await store.put(sha, bytes.length, bytes);
    expect(proof.stored?.sizeBytes).toBeLessThan(bytes.length / 2);
    expect(await store.check(sha, proof)).toMatchObject({ kind: 'proven' });
    expect(shaOf(await collect((await store.get(sha)).bytes))).toBe(sha);
    const range = { start: 5_000_001, end: 9_000_007 };
    const part = await collect((await store.get(sha, { range })).bytes);
    expect(bytes.subarray(range.start, range.end).equals(part)).toBe(true);
  });

  test('a probe removes uploads that were abandoned, and leaves young ones', async () => {
    const own = newBucket();
    await storeOf({ bucket: own }).probe();
    const Key = `acme/objects/${fakeSha()}`;
    await direct.send(new CreateMultipartUploadCommand({ Bucket: own, Key }));
    await storeOf({ bucket: own }).probe();
    expect(await uploadsIn(own)).toEqual([Key]);
    const inTwoDays = { now: () => Date.now() + 48 * 3600_000, sleep: () => Promise.resolve() };
    await storeOf({ bucket: own, clock: inTwoDays }).probe();
    expect(await uploadsIn(own)).toEqual([]);
  });

  test('other keys below the objects are no objects', async () => {
    const own = newBucket();
    const store = storeOf({ bucket: own });
    await store.probe();
    await direct.send(new PutObjectCommand({ Bucket: own, Key: 'acme/objects/README', Body: 'x' }));
    expect((await store.list()[Symbol.asyncIterator]().next()).done).toBe(true);
  });
});
