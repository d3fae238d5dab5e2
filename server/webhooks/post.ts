// Sends one message over HTTP. What a name means is looked up once for a request, checked, and connected to, all in one step:
// a name that means something else a moment later (DNS rebinding) leads nowhere. No redirect is followed, no proxy asked, no
// connection kept, and of the answer no more is read than is shown.
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { messageOf } from '../../core/model/message-of.ts';
import type { Post, PostAnswer } from '../../core/webhook/attempt.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { isPublicAddress } from './public-address.ts';
import { refusalOf, urlFault } from './webhook-url.ts';

export interface PostOptions {
  readonly allowPrivate: boolean;
  /** from the look-up until the answer's head is there; Standard Webhooks asks for 15 to 30 s. Default 20 s */
  readonly timeoutMs?: number;
  /** every address of a name; default: the system's */
  readonly resolve?: Resolve;
}

type Resolve = (
  host: string,
  options: { readonly all: true },
  found: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const TIMEOUT_MS = 20_000;
const MOST_ANSWER_BYTES = 4_000;

class ClosedAddressError extends Error {
  override name = 'ClosedAddressError';
}

export function httpPost({ allowPrivate, timeoutMs = TIMEOUT_MS, resolve = systemLookup }: PostOptions): Post {
  const lookup: LookupFunction = (host, options, callback) => {
    resolve(host, { all: true }, (error, found) => {
      const closed = allowPrivate ? undefined : found?.find(({ address }) => !isPublicAddress(address));
      const [first] = found ?? [];
      if (error) callback(error, []);
      else if (closed) callback(new ClosedAddressError(`its name means ${refusalOf(closed.address)}`), []);
      else if (!first) callback(new Error('its name has no address'), []);
      else if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };

  return async (url, headers, body, signal) => {
    signal.throwIfAborted();
    // Of an address that is none of a name, nobody looks anything up.
    const fault = urlFault(url, allowPrivate);
    if (fault !== undefined) return { kind: 'failed', reason: fault };
    const tooLate = AbortSignal.timeout(timeoutMs);
    try {
      return await send(url, { headers, body, lookup, signal: AbortSignal.any([signal, tooLate]) });
    } catch (error) {
      signal.throwIfAborted();
      if (tooLate.aborted) return { kind: 'failed', reason: `no answer within ${timeoutMs / 1_000} s` };
      return { kind: 'failed', reason: reasonOf(error) };
    }
  };
}

interface Sent {
  readonly headers: object;
  readonly body: string;
  readonly lookup: LookupFunction;
  readonly signal: AbortSignal;
}

function send(url: string, { headers, body, lookup, signal }: Sent): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const { request } = url.startsWith('https:') ? https : http;
    const sent = request(url, {
      method: 'POST',
      agent: false,
      lookup,
      signal,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': `nats-fs-sync/${packageJson.version}`,
        ...headers,
      },
    });
    sent.once('error', reject);
    sent.once('response', (answer) => {
      sent.off('error', reject).on('error', () => undefined);
      const read: Buffer[] = [];
      let bytes = 0;
      // Its head has decided; what becomes of the rest changes nothing.
      const end = () => {
        const retryAfterMs = retryAfter(answer.headers['retry-after']);
        const text = Buffer.concat(read).subarray(0, MOST_ANSWER_BYTES).toString('utf8');
        const status = answer.statusCode ?? 0;
        resolve({ kind: 'answered', status, text, ...(retryAfterMs !== undefined && { retryAfterMs }) });
        answer.destroy();
      };
      answer.on('data', (chunk: Buffer) => {
        read.push(chunk);
        bytes += chunk.length;
        if (bytes >= MOST_ANSWER_BYTES) end();
      });
      answer.once('close', end);
      answer.on('error', end);
    });
    sent.end(body);
  });
}

/** Seconds, or a date. */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it broke the connection off',
  EHOSTUNREACH: 'its machine cannot be reached',
  ENETUNREACH: 'its network cannot be reached',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up',
};

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = REASONS[code];
  return known === undefined ? messageOf(error) : `${known} (${code})`;
}
