// Sends a body of a known length. By node:http and not by fetch, which would send it in pieces without its length, and gives a slow
// line up after five minutes.
import { type IncomingMessage, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/** A line on which nothing moves for this long is taken for dead. */
const SILENT_MS = 120_000;

/** @returns the answer, also one that came before all was sent @throws errors of the network, and of the body */
export async function sendBytes(
  url: URL,
  method: 'PUT' | 'PATCH',
  headers: Readonly<Record<string, string>>,
  body: Readable,
): Promise<Response> {
  const send = url.protocol === 'https:' ? overHttps : overHttp;
  const sent = send(url, { method, headers, agent: false });
  sent.setTimeout(SILENT_MS, () => sent.destroy(new Error('nothing moved for two minutes')));
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    sent.once('response', resolve).once('error', reject),
  );
  answered.catch(() => undefined);
  const written = pipeline(body, sent);
  // A refusal ends the line before the body does: it is the answer all the same.
  const response = await Promise.race([answered, written.then(() => answered)]).catch(async (error: unknown) => {
    if (body.errored) throw body.errored;
    throw error;
  });
  written.catch(() => undefined);
  const text = await buffer(response);
  sent.destroy();
  // A `Response` without content may have no body, not even an empty one.
  return new Response(text.length === 0 ? null : new Uint8Array(text), {
    status: response.statusCode ?? 502,
    headers: {
      'content-type': response.headers['content-type'] ?? '',
      'retry-after': response.headers['retry-after'] ?? '',
    },
  });
}
