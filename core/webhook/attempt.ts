// One attempt to deliver a message: signed anew, sent, and judged. Only 2xx is a delivery (Standard Webhooks 1.0).
import { type Clock, isoTime } from '../model/clock.ts';
import type { Log } from '../model/log.ts';
import type { Attempt, Webhook } from '../model/webhook.ts';
import type { Message } from './message.ts';
import { type Signed, secretsAt, sign } from './secret.ts';

export type PostAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** the first characters of what it says */
      readonly text: string;
      /** from `Retry-After` */
      readonly retryAfterMs?: number;
    }
  /** nothing was sent, or nothing came back */
  | { readonly kind: 'failed'; readonly reason: string };

/** Sends it once, follows nothing, and never throws for what the other side does.
 *  @throws the signal's reason */
export type Post = (url: string, headers: Signed, body: string, signal: AbortSignal) => Promise<PostAnswer>;

export interface AttemptIo {
  readonly post: Post;
  /** @returns undefined when it was sealed by another key */
  unseal(sealed: string): string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

export type Attempted =
  | { readonly kind: 'delivered'; readonly attempt: Attempt }
  /** `isUnwanted`: the receiver says that it wants none any more */
  | {
      readonly kind: 'failed';
      readonly attempt: Attempt;
      readonly retryAfterMs: number | undefined;
      readonly isUnwanted: boolean;
    };

const GONE = 410;
const MOST_ANSWER = 1_000;
const MOST_ERROR = 500;

/** @throws the signal's reason */
export async function attempt(
  io: AttemptIo,
  webhook: Webhook,
  message: Message,
  signal: AbortSignal,
): Promise<Attempted> {
  const { clock, post } = io;
  const from = clock.now();
  const secrets = secretsAt(webhook, from).flatMap(({ sealed }) => io.unseal(sealed) ?? []);
  const answer: PostAnswer =
    secrets.length === 0
      ? { kind: 'failed', reason: 'its secret was sealed with another FS_ADMIN_TOKEN: give it a new one' }
      : await post(webhook.url, sign(secrets, message.id, from, message.body), message.body, signal);
  const made = { ts: isoTime(from), ms: Math.max(0, Math.round(clock.now() - from)) };
  if (answer.kind === 'failed') {
    const error = answer.reason.slice(0, MOST_ERROR);
    return { kind: 'failed', attempt: { ...made, error }, retryAfterMs: undefined, isUnwanted: false };
  }
  const { status, text, retryAfterMs } = answer;
  const answered = { ...made, status, ...(text !== '' && { answer: text.slice(0, MOST_ANSWER) }) };
  if (status >= 200 && status < 300) return { kind: 'delivered', attempt: answered };
  const error = refusalOf(status);
  return { kind: 'failed', attempt: { ...answered, error }, retryAfterMs, isUnwanted: status === GONE };
}

function refusalOf(status: number): string {
  if (status === GONE) return 'it answered 410: it wants no more of them';
  if (status >= 300 && status < 400) return `it answered ${status}: redirects are not followed, change the address`;
  return `it answered ${status}`;
}
