// Questions to the servers over NATS. One of them answers, in time for the question: what takes longer is answered with
// "waiting", goes on, and is asked for again. Who asks learns whether no server runs or NATS itself is away.
import type { z } from 'zod';
import type { Log } from '../model/log.ts';
import type { NatsLink } from '../store/nats-connect.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';

export interface Question<Q, A> {
  readonly subject: string;
  readonly question: z.ZodType<Q>;
  readonly answer: z.ZodType<A>;
  /** what a server does that answers it, e.g. `archives` */
  readonly does: string;
}

/** @throws StoreUnavailableError  of hot: NATS is away; of cold: no server answers */
export async function askServers<Q, A>(
  link: Pick<NatsLink, 'request' | 'isConnected'>,
  { subject, answer, does }: Question<Q, A>,
  asked: Q,
): Promise<A> {
  let reply: { readonly data: Uint8Array };
  try {
    reply = await link.request(subject, JSON.stringify(asked));
  } catch (cause) {
    if (!(cause instanceof StoreUnavailableError && link.isConnected)) throw cause;
    throw new StoreUnavailableError('cold', `no server that ${does} answers: start one`, { cause });
  }
  return answer.parse(decoded(reply.data));
}

/** Servers share the questions. */
const QUEUE = 'servers';
/** A question waits for its answer longer than this. */
const ANSWER_WITHIN_MS = 2_000;

interface Serving {
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Answers until the signal aborts.
 *  @param work  may be asked the same again while it is at it */
export async function serveQuestions<Q, A>(
  link: Pick<NatsLink, 'connection'>,
  { subject, question }: Question<Q, A>,
  work: (asked: Q) => Promise<A>,
  { signal, log }: Serving,
): Promise<void> {
  const questions = link.connection.subscribe(subject, { queue: QUEUE });
  signal.addEventListener('abort', () => questions.unsubscribe(), { once: true });
  for await (const message of questions) {
    const asked = understood(question, message.data);
    const answer = asked ? inTime(work(asked)) : Promise.resolve({ kind: 'failed', reason: 'the question is none' });
    void answer.then(
      (said) => message.respond(JSON.stringify(said)),
      (error: unknown) => log.warn({ error, subject }, 'a question to the servers could not be answered'),
    );
  }
}

async function inTime<A>(work: Promise<A>): Promise<A | { readonly kind: 'waiting' }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ readonly kind: 'waiting' }>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'waiting' }), ANSWER_WITHIN_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function understood<Q>(question: z.ZodType<Q>, data: Uint8Array): Q | undefined {
  try {
    return question.safeParse(decoded(data)).data;
  } catch {
    return undefined;
  }
}

const decoded = (data: Uint8Array): unknown => JSON.parse(Buffer.from(data).toString('utf8'));
