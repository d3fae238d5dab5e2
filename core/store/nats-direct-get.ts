// Direct Get: one stored message by a question and an answer, no consumer. Any replica may answer, and one that lags
// may not have a message yet: so an absence that matters is asked of the leader again.
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { Asker, NatsLink } from './nats-connect.ts';
import { JetStreamAnswerError, JetStreamCode, jetStreamCodeOf, toStoreError } from './nats-errors.ts';
import { jsRequest } from './nats-js-api.ts';
import type { Reply } from './nats-requests.ts';

export interface StoredMessage {
  readonly seq: number;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  /** the server's clock; milliseconds since 1970 */
  readonly storedAt: number;
}

/** The newest message under a literal subject. @returns undefined: the replica that was asked has none */
export async function directLast(asker: Asker, stream: string, subject: string): Promise<StoredMessage | undefined> {
  return storedMessage(await asker.request(`$JS.API.DIRECT.GET.${stream}.${subject}`));
}

/** The bytes of what `directLast` gives. Only a message brings some, and then its headers need not be read. */
export async function directLastBytes(asker: Asker, stream: string, subject: string): Promise<Uint8Array | undefined> {
  const reply = await asker.request(`$JS.API.DIRECT.GET.${stream}.${subject}`);
  return reply.data.length > 0 ? reply.data : storedMessage(reply)?.data;
}

export type DirectQuestion =
  /** the subject may have wildcards */
  | { readonly last_by_subj: string }
  | { readonly seq: number }
  /** the first one at `seq` or later under the subject */
  | { readonly seq: number; readonly next_by_subj: string };

export async function directGet(
  asker: Asker,
  stream: string,
  question: DirectQuestion,
): Promise<StoredMessage | undefined> {
  return storedMessage(await asker.request(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(question)));
}

/** Whether the server gives several messages for one question: since 2.11. */
export function hasBatchGet(link: NatsLink): boolean {
  const [major = 0, minor = 0] = link.serverVersion.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 11);
}

/** The messages under `seqs`, which are the next ones under `subject`, by one question.
 *  @returns a promise for each; undefined: the replica that was asked has none under that seq */
export function directBatch(
  asker: Promise<Asker>,
  stream: string,
  subject: string,
  seqs: readonly number[],
): Promise<StoredMessage | undefined>[] {
  const waiting = new Map<number, (found: StoredMessage | undefined) => void>();
  const rejects: ((error: unknown) => void)[] = [];
  const found = seqs.map(
    (seq) =>
      new Promise<StoredMessage | undefined>((resolve, reject) => {
        waiting.set(seq, resolve);
        rejects.push(reject);
      }),
  );
  const question = JSON.stringify({ seq: seqs[0], next_by_subj: subject, batch: seqs.length });
  const onReply = (reply: Reply) => {
    const message = reply.headers?.code === END_OF_BATCH ? undefined : storedMessage(reply);
    if (!message) return false;
    waiting.get(message.seq)?.(message);
    return true;
  };
  asker
    .then((ready) => ready.collect(`$JS.API.DIRECT.GET.${stream}`, question, onReply))
    .then(() => {
      for (const resolve of waiting.values()) resolve(undefined);
    })
    .catch((error: unknown) => {
      for (const reject of rejects) reject(error);
    });
  return found;
}

/** What the stream's leader has; slower, and never behind. */
export function leaderLast(link: Asker, stream: string, subject: string): Promise<StoredMessage | undefined> {
  return leaderGet(link, stream, { last_by_subj: subject });
}

export async function leaderGet(
  link: Asker,
  stream: string,
  question: DirectQuestion,
): Promise<StoredMessage | undefined> {
  try {
    const { message } = await jsRequest<LeaderAnswer>(link, `STREAM.MSG.GET.${stream}`, question);
    return {
      seq: message.seq,
      subject: message.subject,
      data: Buffer.from(message.data ?? '', 'base64'),
      headers: parseHeaders(message.hdrs),
      storedAt: Date.parse(message.time),
    };
  } catch (error) {
    if (jetStreamCodeOf(error) === JetStreamCode.messageNotFound) return undefined;
    throw toStoreError(error, `reading stream ${stream}`);
  }
}

interface LeaderAnswer {
  readonly message: {
    readonly seq: number;
    readonly subject: string;
    /** base64 */
    readonly data?: string;
    readonly hdrs?: string;
    readonly time: string;
  };
}

const END_OF_BATCH = 204;
const NOT_FOUND = 404;

/** @throws JetStreamAnswerError for a status that is neither a message nor "not found" */
function storedMessage(reply: Reply): StoredMessage | undefined {
  const meta = reply.headers;
  if (!meta) throw new JetStreamAnswerError(0, 'an answer to Direct Get has no headers');
  if (meta.code === NOT_FOUND) return undefined;
  if (meta.code !== 0) throw new JetStreamAnswerError(meta.code, meta.description);
  return {
    seq: Number(meta.get('Nats-Sequence')),
    subject: meta.get('Nats-Subject'),
    data: reply.data,
    headers: meta,
    storedAt: Date.parse(meta.get('Nats-Time-Stamp')),
  };
}

/** `NATS/1.0\r\nName: value\r\n…`, base64. */
function parseHeaders(encoded: string | undefined): MsgHdrs | undefined {
  if (!encoded) return undefined;
  const parsed = headers();
  for (const line of Buffer.from(encoded, 'base64').toString('utf8').split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    if (colon > 0) parsed.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return parsed;
}
