// JetStream's JSON interface, as far as the adapters use it: a question on a subject, an answer or an error code.
import type { StreamConfig, StreamInfo } from '@nats-io/jetstream';
import type { Asker } from './nats-connect.ts';
import { JetStreamAnswerError, JetStreamCode, jetStreamCodeOf, toStoreError } from './nats-errors.ts';
import type { Reply, RequestOptions } from './nats-requests.ts';

/** Wire form of an answer; the server's, so it is not checked field by field. */
interface Answer {
  readonly error?: { readonly code: number; readonly err_code?: number; readonly description?: string };
}

/** @throws JetStreamAnswerError  the server's no, by code; StoreUnavailableError, StoreDeniedError otherwise */
export async function jsRequest<T>(asker: Asker, subject: string, question: object = {}): Promise<T> {
  const reply = await asker.request(`$JS.API.${subject}`, JSON.stringify(question));
  return parseAnswer<T>(reply);
}

export function parseAnswer<T>(reply: Reply): T {
  const { buffer, byteOffset, byteLength } = reply.data;
  const answer = JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString('utf8')) as T & Answer;
  if (answer.error) {
    throw new JetStreamAnswerError(answer.error.err_code ?? answer.error.code, answer.error.description ?? 'no reason');
  }
  return answer;
}

export interface PublishAck {
  readonly seq: number;
  /** its `Nats-Msg-Id` was in the stream's duplicate window already */
  readonly duplicate?: boolean;
}

/** Publishes one message to a stream. @throws JetStreamAnswerError, or what `link.request` throws */
export async function publish(
  asker: Asker,
  subject: string,
  payload: Uint8Array | string,
  options?: RequestOptions,
): Promise<PublishAck> {
  const reply = await asker.request(subject, payload, options);
  return parseAnswer<PublishAck>(reply);
}

/** @returns undefined when there is no such stream */
export async function streamInfo(asker: Asker, name: string): Promise<StreamInfo | undefined> {
  try {
    return await jsRequest<StreamInfo>(asker, `STREAM.INFO.${name}`);
  } catch (error) {
    if (jetStreamCodeOf(error) === JetStreamCode.streamNotFound) return undefined;
    throw toStoreError(error, `looking at stream ${name}`);
  }
}

export type CreateOutcome = { readonly kind: 'created' } | { readonly kind: 'exists' };

/** Somebody else may have been first, with these or with other settings; what is there stays. */
export async function createStream(asker: Asker, config: Partial<StreamConfig>): Promise<CreateOutcome> {
  try {
    await jsRequest(asker, `STREAM.CREATE.${config.name}`, config);
    return { kind: 'created' };
  } catch (error) {
    if (jetStreamCodeOf(error) === JetStreamCode.streamNameInUse) return { kind: 'exists' };
    throw toStoreError(error, `creating stream ${config.name}`);
  }
}

export async function updateStream(asker: Asker, config: StreamConfig): Promise<void> {
  try {
    await jsRequest(asker, `STREAM.UPDATE.${config.name}`, config);
  } catch (error) {
    throw toStoreError(error, `changing stream ${config.name}`);
  }
}

export const nanos = (ms: number): number => ms * 1_000_000;
