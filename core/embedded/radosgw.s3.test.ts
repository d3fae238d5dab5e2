// The embedded S3 server itself, as a copy of its own beside the one that the other tests use.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { s3TestServer } from '../testing/s3-server.ts';
import { RadosgwError, type RunningRadosgw, radosgwStatus, startRadosgw } from './radosgw.ts';

// Where S3_TEST_ENDPOINT stands in for it, it cannot be had.
describe.runIf(s3TestServer().own)('the embedded S3 server', () => {
  let base: string;
  let dir: string;
  let running: RunningRadosgw;
  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'fs-s3-'));
    // The names that Ceph's configuration could trip over.
    dir = join(base, 'a copy; of # its own');
    running = await startRadosgw({ dir });
  });
  afterAll(async () => {
    await running.kill();
    await rm(base, { recursive: true, force: true });
  });

  const client = ({ endpoint, accessKeyId, secretAccessKey }: RunningRadosgw) =>
    new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  const put = (server: RunningRadosgw, key: string) =>
    client(server).send(new PutObjectCommand({ Bucket: 'kept', Key: key, Body: key }));
  const get = async (server: RunningRadosgw, key: string) => {
    const { Body } = await client(server).send(new GetObjectCommand({ Bucket: 'kept', Key: key }));
    return Body?.transformToString();
  };

  test('a second start on a directory in use is refused, and touches nothing', async () => {
    await expect(startRadosgw({ dir })).rejects.toThrow(`in use by the running process ${process.pid}`);
    expect((await radosgwStatus(dir)).kind).toBe('running');
  });

  test('what was stored is there after a stop, a start and a kill, with the same keys and address', async () => {
    const first = running;
    await client(running).send(new CreateBucketCommand({ Bucket: 'kept' }));
    await put(running, 'before the stop');
    await running.stop();
    expect((await radosgwStatus(dir)).kind).toBe('stopped');

    running = await startRadosgw({ dir });
    expect({ ...running }).toMatchObject({ endpoint: first.endpoint, accessKeyId: first.accessKeyId });
    expect(await get(running, 'before the stop')).toBe('before the stop');
    await put(running, 'before the kill');
    await running.kill();

    running = await startRadosgw({ dir });
    expect(await get(running, 'before the kill')).toBe('before the kill');
  });

  test('a port that is taken is said by number', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const start = startRadosgw({ dir: join(base, 'other'), port });
    await expect(start).rejects.toThrow(
      new RadosgwError(`port ${port} for the S3 server is taken by another program: give another, or none for any`),
    );
    await new Promise((resolve) => other.close(resolve));
  });

  test('a directory that cannot be made is said by name, and the configuration opens no port to the network', async () => {
    await expect(startRadosgw({ dir: '/dev/null/s3' })).rejects.toThrow('/dev/null/s3');
    const config = await readFile(join(dir, 'ceph.conf'), 'utf8');
    expect(config).toMatch(/rgw frontends = beast endpoint=127\.0\.0\.1:\d+ tcp_nodelay=1\n/);
    expect(config).toContain('public addr = 127.0.0.1\ncluster addr = 127.0.0.1\n');
  });
});
