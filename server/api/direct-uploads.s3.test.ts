// Uploads that go to a real S3 server by themselves, with nothing but what the answer of the API says.
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ApiUpload, uploadIdOf, uploadSchema } from '../../core/api/upload.ts';
import { worksOn } from '../../core/lifecycle/works.fakes.ts';
import { systemClock } from '../../core/model/clock.ts';
import { fakeSha, shaOf } from '../../core/model/ids.ts';
import { coldEnv, commonEnv, readEnv, s3Env } from '../../core/settings/env.ts';
import { openCold } from '../../core/store/open-cold.ts';
import { s3FaultProxy } from '../../core/testing/s3-fault-proxy.ts';
import { s3TestServer } from '../../core/testing/s3-server.ts';
import { PROJECT } from '../../core/testing/test-project.ts';
import { readRecord } from '../../core/tier/object-records.ts';
import { problemIn } from './api.fakes.ts';
import { apiOnWorks } from './memory-parts.fakes.ts';

const s3 = s3TestServer();

beforeAll(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', s3.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', s3.secretAccessKey);
});
afterAll(() => vi.unstubAllEnvs());

async function apiOnS3(env: Record<string, string> = {}) {
  const named = { S3_BUCKET: `fs-direct-${randomUUID()}`, S3_ENDPOINT: s3.endpoint, ...env };
  const cold = await openCold(readEnv({ ...commonEnv, ...coldEnv, ...s3Env }, named));
  await cold.probe();
  const api = await apiOnWorks(await worksOn(cold, { clock: systemClock }));
  const announced = async (bytes: Uint8Array): Promise<ApiUpload> => {
    const answer = await api.send('POST', '/projects/demo/uploads', { sha: shaOf(bytes), size: bytes.length });
    return uploadSchema.parse(await answer.json());
  };
  return {
    ...api,
    announced,
    linked: async (bytes: Uint8Array) => {
      const upload = await announced(bytes);
      if (upload.state !== 'missing' || !upload.direct) throw new Error('it goes to S3 directly');
      return upload.direct;
    },
    complete: (bytes: Uint8Array) =>
      api.send('POST', `/projects/demo/uploads/${uploadIdOf(shaOf(bytes), bytes.length)}/complete`, undefined),
    recordOf: (bytes: Uint8Array) => readRecord(api.parts.io.index, shaOf(bytes)),
  };
}

type Direct = Awaited<ReturnType<Awaited<ReturnType<typeof apiOnS3>>['linked']>>;

const put = ({ url, headers }: Direct, body: Uint8Array, changed = url) =>
  fetch(changed, { method: 'PUT', headers, body: new Uint8Array(body) });

test('what was put at the link is proven, in cold alone, told, named by a commit, and read', async () => {
  const { announced, linked, complete, recordOf, parts, hot, ask, send } = await apiOnS3();
  // More than one request of the archiver's would take.
  const bytes = randomBytes(9 * 2 ** 20);
  const sha = shaOf(bytes);
  const direct = await linked(bytes);
  expect(Date.parse(direct.expires_at)).toBeGreaterThan(Date.now());
  expect(await problemIn(await complete(bytes))).toMatchObject({ status: 404, code: 'no-upload' });
  expect((await put(direct, bytes)).status).toBe(200);
  // Whose length and place are right is still nobody's object.
  expect(await announced(bytes)).toMatchObject({ state: 'missing' });
  const there = { state: 'there', sha, size: bytes.length };
  const done = await ask(direct.complete.url.replace('/api/v1', ''), { method: 'POST' });
  expect([done.status, await done.json()]).toEqual([200, there]);
  expect((await hot.stat(sha)).kind).toBe('absent');
  expect(await recordOf(bytes)).toMatchObject({ size: bytes.length, cold: { key: `default/objects/${sha}` } });
  expect(parts.told).toMatchObject([{ type: 'ObjectArchived', project: PROJECT, payload: { sha } }]);
  expect(await announced(bytes)).toEqual(there);
  // Who never heard of it asks again.
  expect((await complete(bytes)).status).toBe(200);
  const ops = [{ op: 'put', path: 'large.bin', sha, size: bytes.length }];
  expect((await send('POST', '/projects/demo/commits', { ops })).status).toBe(200);
  const read = await ask('/projects/demo/files/large.bin');
  expect(shaOf(Buffer.from(await read.arrayBuffer()))).toBe(sha);
  expect((await hot.stat(sha)).kind).toBe('present');
  const archived = await parts.run({ kind: 'archive', project: PROJECT });
  expect(archived.failures.count).toBe(0);
});

test('I6: other bytes of the same length become no object, and are gone', async () => {
  const { linked, complete, recordOf, cold } = await withCold();
  const [bytes, others] = [randomBytes(1_000), randomBytes(1_000)];
  expect((await put(await linked(bytes), others)).status).toBe(200);
  expect(await problemIn(await complete(bytes))).toMatchObject({ status: 422, code: 'hash-mismatch' });
  expect(await problemIn(await complete(bytes))).toMatchObject({ status: 404, code: 'no-upload' });
  expect(await recordOf(bytes)).toBeUndefined();
  expect(await cold.check(shaOf(bytes), { sizeBytes: bytes.length })).toEqual({ kind: 'absent' });
});

test('S3 refuses more or fewer bytes, another place, another checksum and another method', async () => {
  const { linked, complete } = await apiOnS3();
  const bytes = randomBytes(1_000);
  const direct = await linked(bytes);
  const elsewhere = direct.url.replace('/uploads/', '/objects/');
  const refused = [
    await put(direct, randomBytes(1_001)),
    await put(direct, bytes.subarray(1)),
    await put(direct, bytes, elsewhere),
    await put(direct, bytes, direct.url.replace(shaOf(bytes), fakeSha())),
    await put(direct, bytes, direct.url.replace('X-Amz-Expires=3600', 'X-Amz-Expires=36000')),
    await put(
      { ...direct, headers: { 'x-amz-checksum-sha256': Buffer.from(fakeSha(), 'hex').toString('base64') } },
      bytes,
    ),
    await fetch(direct.url),
    await fetch(direct.url, { method: 'DELETE', headers: direct.headers }),
  ];
  expect(elsewhere).not.toBe(direct.url);
  expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 403));
  expect((await complete(bytes)).status).toBe(404);
});

test('what is put after it was proven changes nothing, and a damaged copy is replaced', async () => {
  const { linked, complete, recordOf, cold, parts } = await withCold();
  const bytes = randomBytes(1_000);
  const direct = await linked(bytes);
  await put(direct, bytes);
  expect((await complete(bytes)).status).toBe(200);
  await put(direct, randomBytes(1_000));
  expect((await complete(bytes)).status).toBe(422);
  const proven = await cold.check(shaOf(bytes), { sizeBytes: bytes.length });
  expect(proven.kind).toBe('proven');
  const record = await recordOf(bytes);
  if (!record) throw new Error('it is on record');
  await parts.io.index.put(`objects.${shaOf(bytes)}`, json({ ...record, cold_damaged: new Date().toISOString() }));
  await put(direct, bytes);
  expect((await complete(bytes)).status).toBe(200);
  expect(await recordOf(bytes)).not.toHaveProperty('cold_damaged');
});

test('where the server keeps checksums no byte is read, and a checksum of other bytes is enough to refuse', async () => {
  const proxy = await s3FaultProxy(s3.endpoint);
  try {
    const { linked, complete } = await apiOnS3({ S3_ENDPOINT: proxy.endpoint });
    const [bytes, others] = [randomBytes(1_000), randomBytes(1_000)];
    const gets = () => proxy.requests.filter(({ operation, key }) => operation === 'get' && key.includes('/uploads/'));
    const keeps = (kept: Uint8Array) => {
      const checksum = Buffer.from(shaOf(kept), 'hex').toString('base64');
      proxy.fault = ({ operation }) =>
        operation === 'head' ? { kind: 'lie', headers: { 'x-amz-checksum-sha256': checksum } } : undefined;
    };
    await put(await linked(others), bytes);
    keeps(bytes);
    expect(await problemIn(await complete(others))).toMatchObject({ status: 422, code: 'hash-mismatch' });
    await put(await linked(bytes), bytes);
    expect((await complete(bytes)).status).toBe(200);
    expect(gets()).toEqual([]);
  } finally {
    await proxy.close();
  }
});

test('a token for some projects may name what others have when it has put all of it, and not before', async () => {
  const { services, send } = await apiOnS3();
  services.bearers.set('mine', { actor: { kind: 'token', id: 'mine' }, scope: 'write', projects: [PROJECT] });
  const bytes = randomBytes(1_000);
  const [sha, size] = [shaOf(bytes), bytes.length];
  const uploads = '/projects/demo/uploads';
  const post = (path: string, body: unknown, token: Record<string, string>) => send('POST', path, body, token);
  const complete = (token = {}) => post(`${uploads}/${uploadIdOf(sha, size)}/complete`, undefined, token);
  const link = async (token = {}) => {
    const upload = uploadSchema.parse(await (await post(uploads, { sha, size }, token)).json());
    if (upload.state !== 'missing' || !upload.direct) throw new Error('it goes to S3 directly');
    return upload.direct;
  };
  await put(await link(), bytes);
  expect((await complete()).status).toBe(200);
  const mine = { authorization: 'Bearer mine' };
  const commit = () => post('/projects/demo/commits', { ops: [{ op: 'put', path: 'x', sha, size }] }, mine);
  const direct = await link(mine);
  expect(await problemIn(await complete(mine))).toMatchObject({ code: 'no-upload' });
  expect((await commit()).status).toBe(422);
  await put(direct, bytes);
  expect((await complete(mine)).status).toBe(200);
  expect((await commit()).status).toBe(200);
});

test('what nobody completes is swept, and what is dropped is gone', async () => {
  const { linked, complete, cold, ask } = await withCold();
  const [old, dropped] = [randomBytes(10), randomBytes(11)];
  const direct = await linked(old);
  await put(direct, old);
  await cold.uploads?.sweep(Date.now() - 86_400_000);
  await put(await linked(dropped), dropped);
  const upload = `/projects/demo/uploads/${uploadIdOf(shaOf(dropped), dropped.length)}`;
  expect((await ask(upload, { method: 'DELETE' })).status).toBe(204);
  expect((await complete(dropped)).status).toBe(404);
  await put(await linked(dropped), dropped);
  await cold.uploads?.sweep(Date.now() + 86_400_000);
  expect((await complete(dropped)).status).toBe(404);
  expect((await complete(old)).status).toBe(404);
});

test('5 GiB go by one request, and no more', async () => {
  const { send } = await apiOnS3();
  const announce = async (size: number) =>
    uploadSchema.parse(await (await send('POST', '/projects/demo/uploads', { sha: fakeSha(), size })).json());
  expect(await announce(5 * 2 ** 30)).toHaveProperty('direct');
  expect(await announce(5 * 2 ** 30 + 1)).not.toHaveProperty('direct');
});

test.runIf(s3.own)('prefix, storage class and key of the settings hold for what is put directly, too', async () => {
  const settings = { S3_PREFIX: 'fleet-1', S3_STORAGE_CLASS: 'STANDARD_IA', S3_KMS_KEY: 'testkey-1' };
  const { linked, complete, recordOf, ask } = await apiOnS3(settings);
  const bytes = randomBytes(1_000);
  const direct = await linked(bytes);
  expect(new URL(direct.url).pathname).toContain('/fleet-1/default/uploads/');
  const answer = await put(direct, bytes);
  expect([answer.status, answer.headers.get('x-amz-server-side-encryption')]).toEqual([200, 'aws:kms']);
  expect((await complete(bytes)).status).toBe(200);
  expect(await recordOf(bytes)).toMatchObject({
    cold: { key: `fleet-1/default/objects/${shaOf(bytes)}`, class: 'STANDARD_IA' },
  });
  const read = await ask(`/objects/${shaOf(bytes)}`);
  expect(Buffer.from(await read.arrayBuffer()).equals(bytes)).toBe(true);
});

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

async function withCold() {
  const api = await apiOnS3();
  return { ...api, cold: api.parts.cold };
}
