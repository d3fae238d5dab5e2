// Downloads that go to S3 by themselves, with the settings that a server has: fetched as a browser does, whole and in part.
import { randomBytes } from 'node:crypto';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { attachment } from '../model/attachment.ts';
import { parseTenant, shaOf } from '../model/ids.ts';
import { coldEnv, commonEnv, readEnv, s3Env } from '../settings/env.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { openCold } from '../store/open-cold.ts';
import { s3Client } from '../store/s3-connect.ts';
import { type S3Gate, s3Gate } from '../testing/s3-gate.ts';
import { s3TestServer } from '../testing/s3-server.ts';
import { directLink } from './direct-link.ts';
import { changeRecord, coldOf } from './object-records.ts';

const server = s3TestServer();
const BUCKET = `fs-links-${shaOf(String(process.pid + Date.now())).slice(0, 12)}`;
const BYTES = randomBytes(200_000);
const sha = shaOf(BYTES);
const REQUEST = { sha, sizeBytes: BYTES.length, fileName: 'Übersicht "1".bin', contentType: 'application/zip' };
/** what S3 is called outside */
let outside: S3Gate;

beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', server.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', server.secretAccessKey);
  outside = await s3Gate(server.endpoint);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await outside.close();
});

async function archived(env: Record<string, string> = {}, bytes: Uint8Array = BYTES) {
  const settings = readEnv(
    { ...commonEnv, ...coldEnv, ...s3Env },
    {
      FS_TENANT: 'acme',
      S3_BUCKET: BUCKET,
      S3_ENDPOINT: server.endpoint,
      S3_PUBLIC_ENDPOINT: outside.endpoint,
      ...env,
    },
  );
  const cold = await openCold(settings);
  await cold.probe();
  const io = { tenant: parseTenant('acme'), hot: memoryObjectStore(), cold, index: memoryKeyValue() };
  const proof = await cold.put(shaOf(bytes), bytes.length, bytes);
  const record = {
    size: bytes.length,
    mime: 'application/zip',
    created: new Date().toISOString(),
    cold: coldOf(proof),
  };
  await changeRecord(io.index, shaOf(bytes), () => record);
  return { ...io, proof, record };
}

test('a large file that is only in cold has a link to the public address, whole, in part, by its own name', async () => {
  const io = await archived();
  const url = (await directLink(io, REQUEST, BYTES.length)) ?? '';
  expect(url.startsWith(`${outside.endpoint}/${BUCKET}/acme/objects/${sha}?`)).toBe(true);
  const whole = await fetch(url);
  expect(Buffer.from(await whole.arrayBuffer()).equals(BYTES)).toBe(true);
  expect(whole.headers.get('content-disposition')).toBe(attachment(REQUEST.fileName));
  expect(whole.headers.get('content-type')).toBe('application/zip');
  const part = await fetch(url, { headers: { range: 'bytes=100000-100099' } });
  expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 100000-100099/200000']);
  expect(Buffer.from(await part.arrayBuffer()).equals(BYTES.subarray(100_000, 100_100))).toBe(true);
});

test('small files, files in hot, and files whose copy is not proven come through the server', async () => {
  const io = await archived();
  expect(await directLink(io, REQUEST, BYTES.length + 1)).toBeUndefined();
  const { cold: copy, ...unproven } = io.record;
  const is = (record: typeof io.record | typeof unproven) => changeRecord(io.index, sha, () => record);
  for (const record of [
    unproven,
    { ...unproven, cold: { ...copy, unread: true as const } },
    { ...unproven, cold: { ...copy, etag: '"another"' } },
  ]) {
    await is(record);
    expect(await directLink(io, REQUEST, 0)).toBeUndefined();
  }
  await is(io.record);
  expect(await directLink(io, REQUEST, 0)).toContain('X-Amz-Signature');
  await io.hot.put(sha, BYTES.length, BYTES);
  expect(await directLink(io, REQUEST, 0)).toBeUndefined();
});

test('a compressed file comes through the server, which decompresses it', async () => {
  const text = Buffer.from('much the same '.repeat(10_000));
  const io = await archived({ FS_COLD_COMPRESSION: 'gzip' }, text);
  expect(io.proof.stored?.sizeBytes).toBeLessThan(10_000);
  expect(await directLink(io, { ...REQUEST, sha: shaOf(text), sizeBytes: text.length }, 0)).toBeUndefined();
});

test.runIf(server.own)('prefix, storage class and key are taken from the settings', async () => {
  const settings = { S3_PREFIX: 'fleet-1', S3_STORAGE_CLASS: 'STANDARD_IA', S3_KMS_KEY: 'testkey-1' };
  const io = await archived(settings);
  expect(io.proof).toMatchObject({ key: `fleet-1/acme/objects/${sha}`, storageClass: 'STANDARD_IA' });
  const direct = s3Client({ S3_ENDPOINT: server.endpoint, S3_REGION: 'us-east-1' }, server);
  const head = await direct.send(new HeadObjectCommand({ Bucket: BUCKET, Key: io.proof.key }));
  expect(head).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'testkey-1' });
  const url = (await directLink(io, REQUEST, 0)) ?? '';
  expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(BYTES)).toBe(true);
});
