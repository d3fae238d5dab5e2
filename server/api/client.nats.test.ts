// A client that is made from /openapi.json, and knows nothing else, calls every operation that the document has, of a server over
// NATS, and each answer is what the document says. An operation that is not called here fails the test.
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type AxiosResponse, type Document, type OpenAPIClient, OpenAPIClientAxios } from 'openapi-client-axios';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { assert } from '../../core/model/assert.ts';
import { nodeDesiredKey } from '../../core/model/index-keys.ts';
import { silentLog } from '../../core/model/log.ts';
import { nodeStatus, question, sayStatus, workspaceStatus } from '../../core/node/node-records.fakes.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { nodesBucket } from '../../core/store/nats-names.ts';
import { useNats } from '../../core/testing/use-nats.ts';
import { type RunningServer, startServer } from '../serve.ts';
import { serverSettings } from '../settings.ts';

// The browser's files come from the build, and have no part in the API.
vi.mock('../../app/assets.ts', () => ({
  loadAssets: () => ({ url: String, sprite: '', serve: () => new Response() }),
}));

const TOKEN = 'an-admin-token-of-the-test';
const nats = useNats();
let dir: string;
let server: RunningServer;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fs-api-client-'));
  const env = { PORT: '0', FS_DATA_DIR: dir, FS_ADMIN_TOKEN: TOKEN, NATS_URL: nats.rig.url };
  server = await startServer(serverSettings(env), silentLog);
}, 60_000);
afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

const shaOf = (text: string) => createHash('sha256').update(text).digest('hex');

type Call = (
  operationId: string,
  status: number,
  params?: Record<string, unknown> | null,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<AxiosResponse>;

async function madeClient() {
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Document;
  const made = new OpenAPIClientAxios({
    definition: document,
    axiosConfigDefaults: {
      baseURL: server.url,
      headers: { authorization: `Bearer ${TOKEN}` },
      validateStatus: () => true,
      transformResponse: (data: unknown) => data,
    },
  });
  const client: OpenAPIClient = await made.init();
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addFormat('binary', true);
  ajv.addSchema(document, 'api');
  const called = new Set<string>();
  const operations = made.getOperations();

  const call: Call = async (operationId, status, params = null, body, headers = {}) => {
    const operation = operations.find((one) => one.operationId === operationId);
    assert(operation, `the document has an operation ${operationId}`);
    called.add(operationId);
    const config = { headers, ...(operationId === 'streamEvents' && { responseType: 'stream' as const }) };
    const ask = client[operationId];
    assert(ask, `the client can call ${operationId}`);
    const answer: AxiosResponse = await ask(params as Parameters<typeof ask>[0], body, config);
    expect([operationId, answer.status, status >= 400 ? '' : answer.data]).toEqual([
      operationId,
      status,
      status >= 400 ? '' : expect.anything(),
    ]);
    const type = String(answer.headers['content-type'] ?? '').split(';')[0] ?? '';
    if (!/\bjson$/.test(type) || operation.method === 'head') return answer;
    const of = String(status) in (operation.responses ?? {}) ? String(status) : 'default';
    if (type === 'application/json' && operationId.endsWith('File')) return answer;
    const part = (text: string) => encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
    const at = [operation.path, operation.method, 'responses', of, 'content', type, 'schema'].map(part).join('/');
    const validate = ajv.compile({ $ref: `api#/paths/${at}` });
    const data: unknown = JSON.parse(String(answer.data));
    expect([operationId, validate(data), validate.errors]).toEqual([operationId, true, null]);
    return { ...answer, data };
  };
  return { call, left: () => operations.map(({ operationId }) => operationId).filter((id) => !called.has(id ?? '')) };
}

/** Asks until it is so: the server hears of what was done a moment later. */
async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isSo(answer)) return answer;
  }
}

test('a client made from the document calls every operation, and every answer is what the document says', async () => {
  const { call, left } = await madeClient();
  await call('whoami', 200);
  await projectsAndFiles(call);
  await storageAndJobs(call);
  await nodes(call);
  await sharesAndTokens(call);
  await webhooks(call);
  await whatHappened(call);
  await theEnd(call);
  expect(left()).toEqual([]);
}, 180_000);

const demo = { project: 'demo' };

async function projectsAndFiles(call: Call): Promise<void> {
  await call('createProject', 201, null, { name: 'demo' }, { 'idempotency-key': 'make-demo' });
  const again = await call('createProject', 201, null, { name: 'demo' }, { 'idempotency-key': 'make-demo' });
  expect(again.headers['idempotency-replayed']).toBe('true');
  await call('createProject', 409, null, { name: 'demo' });
  await until(
    () => call('listProjects', 200),
    ({ data }) => data.items.length === 1,
  );
  await call('getProject', 200, demo);
  await call('getProject', 404, { project: 'none' });
  await call('getPolicy', 200, demo);
  await call('changeProject', 200, demo, { policy: { durability: 'fast', retention: { last: 5 } } });

  const octets = { 'content-type': 'application/octet-stream' };
  await call('putObject', 200, { sha: shaOf('one') }, 'one', octets);
  await call('getObject', 200, { sha: shaOf('one') });
  await call('headObject', 200, { sha: shaOf('one') });
  await uploads(call);
  const ops = [{ op: 'put', path: 'docs/one.txt', sha: shaOf('one'), size: 3 }];
  const { data: first } = await call('createCommit', 200, demo, { ops, message: 'the first' });
  await call('putFile', 200, { ...demo, path: 'two.txt' }, 'two', octets);
  await until(
    () => call('listTree', 200, demo),
    ({ data }) => data.items.length === 2,
  );
  const { data: bytes } = await call('getFile', 200, { ...demo, path: 'two.txt' });
  expect(bytes).toBe('two');
  await call('headFile', 200, { ...demo, path: 'two.txt' });
  await call('deleteFile', 200, { ...demo, path: 'two.txt' });
  const commits = await until(
    () => call('listCommits', 200, demo),
    ({ data }) => data.items.length === 4,
  );
  const [newest] = commits.data.items;
  await call('getCommit', 200, { ...demo, commit: newest.commit });
  await call('getDiff', 200, { ...demo, from: first.commit, to: newest.commit });
  await call('restore', 200, demo, { to: first.commit, dry_run: true });
  await call('restore', 202, demo, { to: first.commit });
}

async function uploads(call: Call): Promise<void> {
  const { data: announced } = await call('announceUpload', 200, demo, { sha: shaOf('in parts'), size: 8 });
  const part = { ...demo, upload: announced.id };
  const from = (offset: number) => ({ 'content-type': 'application/octet-stream', 'upload-offset': String(offset) });
  await call('appendUpload', 204, part, 'in ', from(0));
  await call('getUpload', 200, part);
  const { headers } = await call('headUpload', 200, part);
  expect(headers['upload-offset']).toBe('3');
  await call('dropUpload', 204, part);
  const { data: stored } = await call('appendUpload', 200, part, 'in parts', from(0));
  expect(stored.state).toBe('there');
  await call('completeUpload', 404, { ...demo, upload: `${shaOf('nowhere')}-7` });
}

async function storageAndJobs(call: Call): Promise<void> {
  await call('pin', 200, demo, { paths: ['docs'] });
  await call('listPins', 200, demo);
  await call('unpin', 200, demo, { paths: ['docs'] });
  await call('promote', 202, demo, {});
  await call('archive', 202, demo, {});
  await call('repair', 202, demo, { path: 'docs', dry_run: true });
  await call('deactivate', 202, demo, {});
  const { data: asked } = await call('evict', 202, demo, {});
  const job = { job: asked.job };
  await until(
    () => call('getJob', 200, job),
    ({ data }) => data.state === 'done',
  );
  await call('adoptPlan', 202, job);
  await call('retryJob', 409, job);
  await call('cancelJob', 409, job);
  await call('getJob', 404, { job: 'none' });
  await call('startJob', 202, null, { kind: 'sweep' });
  await call('listJobs', 200, { limit: 2 });
  await call('listDeadLetters', 200);
  await call('retryDeadLetters', 404, null, { which: 'all' });
}

async function nodes(call: Call): Promise<void> {
  const kv = natsKeyValue(nats.link, nodesBucket('default' as Parameters<typeof nodesBucket>[0]));
  const asks = workspaceStatus({ state: 'blocked', question: question('q-1') });
  await sayStatus(kv, nodeStatus([asks], { left: true }));
  const node = { node: 'node-a' };
  await until(
    () => call('listNodes', 200),
    ({ data }) => data.items.length === 1,
  );
  await call('getNode', 200, node);
  await call('getStatus', 200, demo);
  await call('getStatus', 200, { ...demo, path: 'docs/one.txt', node: 'node-a' });
  await call('resync', 202, demo, {});
  await call('assignWorkspace', 202, { ...node, ...demo }, { root: 'demo', mode: 'receive' });
  await call('unassignWorkspace', 204, { ...node, ...demo, root: 'demo' });
  await call('unassignWorkspace', 404, { ...node, ...demo, root: 'demo' });
  await call('changeLimits', 200, node, { open_files: 16 });
  await call('changeLimits', 422, node, { open_files: 1 });
  await call('answerQuestion', 200, node, { question: 'q-1', answer: 'restore' });
  await call('answerQuestion', 404, node, { question: 'q-2', answer: 'restore' });
  expect(await kv.get(nodeDesiredKey(nodeStatus([]).node))).toBeDefined();
  await call('forgetNode', 204, node);
}

async function sharesAndTokens(call: Call): Promise<void> {
  const wanted = { ...demo, path: 'docs', lasts_s: 60, max_uses: 3 };
  const { data: share } = await until(
    () => call('createShare', 201, null, wanted),
    ({ data }) => data.url !== null,
  );
  expect((await fetch(share.url)).status).toBe(200);
  await call('listShares', 200, demo);
  await call('getShare', 200, { share: share.id });
  await call('revokeShare', 204, { share: share.id });
  const token = { name: 'build', scope: 'read', projects: ['demo'], expires_at: 'never' };
  const { data: made } = await call('createToken', 201, null, token);
  await call('listTokens', 200);
  await until(
    () => call('getToken', 200, { token: made.id }),
    ({ data }) => data.state === 'active',
  );
  const headers = { authorization: `Bearer ${made.token}` };
  await call('listProjects', 200, null, undefined, headers);
  await call('listNodes', 403, null, undefined, headers);
  await call('revokeToken', 204, { token: made.id });
}

async function webhooks(call: Call): Promise<void> {
  // A name that never resolves: what is sent comes to nothing, and is told so.
  const url = 'https://receiver.invalid/events';
  const hook = { name: 'build', url, filter: { projects: ['demo'], types: ['ProjectCreated'] } };
  await call('createWebhook', 422, null, { ...hook, url: 'https://127.0.0.1/' });
  const { data: made } = await call('createWebhook', 201, null, hook);
  const at = { webhook: made.id };
  await until(
    () => call('listWebhooks', 200),
    ({ data }) => data.items.length === 1,
  );
  await call('getWebhook', 200, at);
  await call('changeWebhook', 200, at, { name: 'builds', paused: true });
  const { data: tried } = await call('testWebhook', 200, at);
  expect([tried.about, tried.state]).toEqual(['test', 'failed']);
  await until(
    () => call('listDeliveries', 200, at),
    ({ data }) => data.items.length === 1,
  );
  await call('resendDelivery', 200, { ...at, delivery: tried.n });
  await call('resendDelivery', 404, { ...at, delivery: 99 });
  await call('rotateWebhookSecret', 200, at);
  await call('tryWebhookNow', 200, at);
  await call('passOverEvent', 200, at, { seq: 1 });
  await call('deleteWebhook', 204, at);
  await until(
    () => call('listAudit', 200, { limit: 3, action: 'webhook' }),
    ({ data }) => data.items.length === 3,
  );
}

async function whatHappened(call: Call): Promise<void> {
  await call('getMetrics', 200);
  await call('getEventSchemas', 200);
  const page = await until(
    () => call('listChanges', 200, { ...demo, limit: 2 }),
    ({ data }) => data.items.length === 2,
  );
  await call('listChanges', 200, { ...demo, after: page.data.next });
  const stream: Readable = (await call('streamEvents', 200, { after: 'oldest', ...demo })).data;
  let text = '';
  for await (const bytes of stream) {
    text += String(bytes);
    if (text.includes('"type":"ProjectCreated"')) break;
  }
  stream.destroy();
}

async function theEnd(call: Call): Promise<void> {
  const { data } = await call('getProject', 200, demo);
  await call('deleteProject', 428, demo);
  await until(
    async () => {
      const now = await call('getProject', 200, demo);
      return (await call('deleteProject', 204, demo, undefined, { 'if-match': `"${now.data.commit}"` })).status;
    },
    (status) => status === 204,
  );
  expect(data.name).toBe('demo');
  await until(
    () => call('listDeletedProjects', 200),
    ({ data: { items } }) => items.length === 1,
  );
  await call('undeleteProject', 200, demo);
}
