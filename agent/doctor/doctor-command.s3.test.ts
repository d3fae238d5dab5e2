// `fs-sync doctor` against a real S3 server.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseTenant } from '../../core/model/ids.ts';
import { s3Client } from '../../core/store/s3-connect.ts';
import { s3TestServer } from '../../core/testing/s3-server.ts';
import { examineCold } from './cold.ts';
import { worst } from './finding.ts';

const s3 = s3TestServer();
const bucket = `fs-doctor-${randomUUID()}`;
const client = s3Client({ S3_ENDPOINT: s3.endpoint, S3_REGION: 'us-east-1' }, s3);
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'fs-doctor-'));
  process.env.AWS_ACCESS_KEY_ID = s3.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = s3.secretAccessKey;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const examine = (S3_BUCKET: string, S3_ENDPOINT = s3.endpoint) =>
  examineCold({
    ...{ FS_TENANT: parseTenant('a'), FS_DATA_DIR: dir, S3_BUCKET, S3_ENDPOINT, S3_REGION: 'us-east-1' },
  });

test('a bucket that can be used is tried in every way that a server uses it, and is left as it was', async () => {
  const findings = await examine(bucket);
  expect(worst(findings)).toBe('ok');
  expect(findings.map(({ sentence }) => sentence)).toEqual([
    `s3://${bucket} at ${s3.endpoint} takes, gives back and removes what is put`,
    'it refuses bytes that are not those of their signed SHA-256',
    expect.stringMatching(/SHA-256 checksums/),
    'a copy is proven by a fresh look at it',
    'a range of bytes is read alone',
    'a pre-signed link gives the bytes, in ranges too',
    'it agrees with that of S3',
  ]);
  const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  expect(KeyCount).toBe(0);
});

test('an endpoint where nobody answers fails, with what to check and how', async () => {
  expect(await examine(bucket, 'http://127.0.0.1:9')).toMatchObject([
    { verdict: 'fail', mend: expect.stringContaining('S3_ENDPOINT'), command: 'curl -sSI http://127.0.0.1:9' },
  ]);
});
