// Connections of bodies that nobody reads, seen from the other end: a server that answers every GET as S3 does.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, test } from 'vitest';
import { parseTenant, shaOf } from '../model/ids.ts';
import { s3ColdStore } from './s3-cold-store.ts';
import { s3Client } from './s3-connect.ts';

const BODY = Buffer.alloc(8 * 2 ** 20, 7);
const sha = shaOf(BODY);
let server: Server;
let closed: Promise<unknown>;

beforeEach(async () => {
  server = createServer((_, response) => {
    const range = { 'content-range': `bytes 0-${BODY.length - 1}/${BODY.length}` };
    response.writeHead(200, { 'content-length': BODY.length, ...range }).end(BODY);
  });
  closed = new Promise((resolve) => {
    server.once('connection', (socket) => socket.once('close', resolve).on('error', () => undefined));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function store() {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const settings = { S3_ENDPOINT: `http://127.0.0.1:${port}`, S3_REGION: 'us-east-1' };
  const client = s3Client(settings, { accessKeyId: 'key', secretAccessKey: 'secret' });
  return s3ColdStore({ client, bucket: 'bucket', tenant: parseTenant('acme') });
}

test.each([
  ['whole', {}],
  ['in part', { range: { start: 0, end: BODY.length } }],
])('a reader that leaves before it has begun gives its connection back (%s)', async (_, options) => {
  const { bytes } = await store().get(sha, options);
  await bytes[Symbol.asyncIterator]().return?.();
  await closed;
});
