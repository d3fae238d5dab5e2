// A proxy in front of an S3 server that does to requests what networks, gateways and bad servers do, as a test says. What it
// lets through it leaves as it is: the signature holds, because the Host header is the client's.
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  request as open,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import { buffer } from 'node:stream/consumers';

export type S3Operation = 'put' | 'get' | 'head' | 'delete' | 'list' | 'create' | 'part' | 'complete' | 'abort';

export interface S3Request {
  readonly operation: S3Operation;
  /** without the bucket */
  readonly key: string;
}

export type S3Fault =
  /** the server is not asked */
  | { readonly kind: 'status'; readonly status: number; readonly code: string }
  /** half of the request reaches the server */
  | { readonly kind: 'cut-request' }
  /** done, and half of the answer comes back; of one without a body nothing */
  | { readonly kind: 'cut-answer' }
  /** done, and the connection ends before the answer */
  | { readonly kind: 'lost-answer' }
  /** done, and never answered */
  | { readonly kind: 'silent' }
  /** as many bytes as there should be, one of them another */
  | { readonly kind: 'wrong-bytes' }
  /** another answer than the server's, without a body: a HEAD's */
  | { readonly kind: 'lie'; readonly status?: number; readonly headers?: Readonly<Record<string, string>> }
  /** the server is asked, or its answer told, only after this; then all goes on */
  | { readonly kind: 'hold'; readonly when: 'before' | 'after'; readonly until: Promise<unknown> };

export interface S3FaultProxy {
  readonly endpoint: string;
  /** What the next requests meet; undefined: all is well. */
  fault: ((request: S3Request) => S3Fault | undefined) | undefined;
  /** every request that came, retries too, in their order */
  readonly requests: S3Request[];
  close(): Promise<void>;
}

export async function s3FaultProxy(endpoint: string): Promise<S3FaultProxy> {
  const far = new URL(endpoint);
  const server = createServer((near, answer) => {
    void pass(near, answer).catch(() => near.socket.destroy());
  });

  server.on('connection', (socket) => socket.on('error', () => undefined));

  async function pass(near: IncomingMessage, answer: ServerResponse): Promise<void> {
    const asked = requestOf(near);
    proxy.requests.push(asked);
    const fault = proxy.fault?.(asked);
    if (fault?.kind === 'status') return refuse(near, answer, fault);
    const body = await buffer(near);
    if (fault?.kind === 'hold' && fault.when === 'before') await fault.until;
    if (fault?.kind === 'cut-request') {
      cutInTheMiddle(near, body);
      return void near.socket.destroy();
    }
    const got = await ask(near, body);
    if (fault?.kind === 'hold' && fault.when === 'after') await fault.until;
    switch (fault?.kind) {
      case 'silent':
        return;
      case 'lost-answer':
        return void near.socket.destroy();
      case 'lie':
        answer.writeHead(fault.status ?? got.status, { ...got.headers, ...fault.headers });
        return void answer.end();
      case 'cut-answer':
        if (got.body.length === 0) return void near.socket.destroy();
        answer.writeHead(got.status, got.headers);
        answer.write(got.body.subarray(0, got.body.length >> 1), () => near.socket.destroy());
        return;
      case 'wrong-bytes':
        if (got.body.length > 0) got.body.writeUInt8(got.body.readUInt8(0) ^ 0xff, 0);
        break;
      default:
        break;
    }
    answer.writeHead(got.status, got.headers);
    answer.end(got.body);
  }

  /** Its body is taken first: a client that is still sending would not hear the answer. */
  async function refuse(
    near: IncomingMessage,
    answer: ServerResponse,
    { status, code }: { readonly status: number; readonly code: string },
  ): Promise<void> {
    await buffer(near);
    answer.writeHead(status, { 'content-type': 'application/xml' });
    answer.end(near.method === 'HEAD' ? undefined : `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
  }

  /** `Expect` was answered here; it is not among what is signed. */
  function target({ method = 'GET', url = '/', headers: { expect: _, ...headers } }: IncomingMessage): RequestOptions {
    return {
      host: far.hostname,
      port: far.port,
      method,
      path: url,
      headers: { ...headers, connection: 'close' },
    };
  }

  async function ask(near: IncomingMessage, body: Buffer) {
    const asking = open(target(near));
    asking.end(body);
    const [got] = (await once(asking, 'response')) as [IncomingMessage];
    const { connection: _, 'transfer-encoding': __, ...headers } = got.headers;
    return { status: got.statusCode ?? 500, headers, body: await buffer(got) };
  }

  function cutInTheMiddle(near: IncomingMessage, body: Buffer): void {
    const asking = open(target(near));
    asking.on('error', () => undefined);
    asking.write(body.subarray(0, body.length >> 1), () => asking.destroy());
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const proxy: S3FaultProxy = {
    endpoint: `http://127.0.0.1:${port}`,
    fault: undefined,
    requests: [],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}

function requestOf({ method = 'GET', url = '/' }: IncomingMessage): S3Request {
  const { pathname, searchParams } = new URL(url, 'http://proxy');
  const [, , ...key] = decodeURIComponent(pathname).split('/');
  return { operation: operationOf(method, searchParams, key.join('/')), key: key.join('/') };
}

function operationOf(method: string, query: URLSearchParams, key: string): S3Operation {
  if (query.has('partNumber')) return 'part';
  if (query.has('uploads')) return method === 'POST' ? 'create' : 'list';
  if (query.has('uploadId')) return method === 'POST' ? 'complete' : 'abort';
  if (method === 'PUT') return 'put';
  if (method === 'HEAD') return 'head';
  if (method === 'DELETE') return 'delete';
  return key === '' ? 'list' : 'get';
}
