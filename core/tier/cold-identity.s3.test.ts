// Which cold storage this is, on a real S3 server: with S3_PREFIX, two cold storages lie beside each other in one bucket.
import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { parseTenant } from '../model/ids.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { s3ColdStore } from '../store/s3-cold-store.ts';
import { s3Client } from '../store/s3-connect.ts';
import { s3TestServer } from '../testing/s3-server.ts';
import { type ColdIdentityIo, coldStanding, takeCold } from './cold-identity.ts';

const server = s3TestServer();
const client = s3Client({ S3_ENDPOINT: server.endpoint, S3_REGION: 'us-east-1' }, server);

test('I3: with a prefix the identity lies below it, and another prefix of the same bucket is another cold storage', async () => {
  const bucket = `fs-identity-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const index = memoryKeyValue();
  const below = (prefix: string): ColdIdentityIo => ({
    cold: s3ColdStore({ client, bucket, prefix, tenant: parseTenant('acme') }),
    index,
    place: `s3://${bucket}/${prefix}`,
  });
  const ours = await takeCold(below('backup/'));
  expect(ours.kind).toBe('own');
  const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'backup/acme/identity.json' }));
  expect(JSON.parse((await answer.Body?.transformToString()) ?? '')).toMatchObject({ id: 'id' in ours ? ours.id : '' });

  expect(await coldStanding(below('backup/'))).toEqual(ours);
  expect(await coldStanding(below('bakcup/'))).toMatchObject({ kind: 'strange', found: 'none' });
  expect(await coldStanding(below(''))).toMatchObject({ kind: 'strange', found: 'none' });
  await takeCold({ ...below('bakcup/'), index: memoryKeyValue() });
  expect(await coldStanding(below('bakcup/'))).toMatchObject({ kind: 'strange', found: 'another' });
});
