// The S3 server of the tests of kind `s3`: started once for the whole run on an empty directory, ended and removed after
// it. S3_TEST_ENDPOINT with S3_TEST_ACCESS_KEY and S3_TEST_SECRET_KEY names another one, where radosgw cannot be had.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startRadosgw } from '../core/embedded/radosgw.ts';
import type { S3TestServer } from '../core/testing/s3-server.ts';
import { ensureRadosgw } from './get-radosgw.mjs';
import { SetupError } from './run-command.mjs';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const named = namedServer();
  if (named) {
    project.provide('s3', named);
    return async () => undefined;
  }
  const say = (line: string) => process.stderr.write(`${line}\n`);
  await ensureRadosgw(say);
  const dir = await mkdtemp(join(tmpdir(), 'fs-s3-'));
  const { endpoint, accessKeyId, secretAccessKey, kill } = await startRadosgw({ dir, log: say });
  project.provide('s3', { endpoint, accessKeyId, secretAccessKey, own: true });
  return async () => {
    await kill();
    await rm(dir, { recursive: true, force: true });
  };
}

function namedServer(): S3TestServer | undefined {
  const {
    S3_TEST_ENDPOINT: endpoint,
    S3_TEST_ACCESS_KEY: accessKeyId,
    S3_TEST_SECRET_KEY: secretAccessKey,
  } = process.env;
  if (!endpoint) return undefined;
  if (accessKeyId && secretAccessKey) return { endpoint, accessKeyId, secretAccessKey, own: false };
  throw new SetupError('S3_TEST_ENDPOINT is set: set S3_TEST_ACCESS_KEY and S3_TEST_SECRET_KEY too.');
}
