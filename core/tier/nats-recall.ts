// Recalls over NATS: a question on `fs.recall.<tenant>`, which one of the servers answers. An object that takes long is
// answered with "waiting" in time for the question, and asked for again.
import { z } from 'zod';
import { type ProjectName, projectNameSchema, type Sha, shaSchema, type Tenant } from '../model/ids.ts';
import type { Log } from '../model/log.ts';
import { messageOf } from '../model/message-of.ts';
import type { NatsLink } from '../store/nats-connect.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../store/store-errors.ts';
import type { Recall, RecallAnswer } from './recall.ts';

const questionSchema = z.strictObject({ sha: shaSchema, project: projectNameSchema.optional() });
const answerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('there') }),
  z.strictObject({ kind: z.literal('waiting') }),
  z.strictObject({ kind: z.literal('absent') }),
  z.strictObject({ kind: z.literal('corrupt'), detail: z.string() }),
  z.strictObject({ kind: z.literal('failed'), reason: z.string() }),
]);

export const recallSubject = (tenant: Tenant): string => `fs.recall.${tenant}`;
const QUEUE = 'servers';
/** A question waits for its answer longer than this. */
const ANSWER_WITHIN_MS = 2_000;

export function natsRecall(link: NatsLink, tenant: Tenant): Recall {
  return {
    async ask(sha, project) {
      let reply: { readonly data: Uint8Array };
      try {
        reply = await link.request(recallSubject(tenant), JSON.stringify({ sha, project }));
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        throw new StoreUnavailableError('cold', 'no server that reads it answers: start one', { cause: error });
      }
      return answerSchema.parse(JSON.parse(Buffer.from(reply.data).toString('utf8')));
    },
  };
}

/** Brings one object to hot, or throws as Rehydrator.rehydrate does; asked again while it is at it. */
export type Bring = (sha: Sha, project: ProjectName | undefined) => Promise<unknown>;

/** Answers until the signal aborts. */
export async function serveRecalls(
  link: NatsLink,
  tenant: Tenant,
  bring: Bring,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Promise<void> {
  const questions = link.connection.subscribe(recallSubject(tenant), { queue: QUEUE });
  signal.addEventListener('abort', () => questions.unsubscribe(), { once: true });
  for await (const question of questions) {
    void answerTo(question.data, bring).then(
      (answer) => question.respond(JSON.stringify(answer)),
      (error: unknown) => log.warn({ error }, 'a question for an object in cold could not be answered'),
    );
  }
}

async function answerTo(data: Uint8Array, bring: Bring): Promise<RecallAnswer> {
  const asked = parsed(data);
  if (!asked) return { kind: 'failed', reason: 'the question is none: give {"sha": …}' };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<RecallAnswer>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'waiting' }), ANSWER_WITHIN_MS);
  });
  const brought = bring(asked.sha, asked.project).then((): RecallAnswer => ({ kind: 'there' }), answerOf);
  try {
    return await Promise.race([brought, late]);
  } finally {
    clearTimeout(timer);
  }
}

function answerOf(error: unknown): RecallAnswer {
  if (error instanceof ObjectAbsentError) return { kind: 'absent' };
  // What is damaged in hot is put anew from cold; a copy that was damaged on its way to there counts as a try that failed.
  if (error instanceof ObjectCorruptError && error.tier === 'cold') return { kind: 'corrupt', detail: error.detail };
  const isOfCold = error instanceof StoreUnavailableError && error.tier === 'cold';
  return { kind: 'failed', reason: isOfCold ? error.detail : messageOf(error) };
}

function parsed(data: Uint8Array): z.infer<typeof questionSchema> | undefined {
  try {
    return questionSchema.safeParse(JSON.parse(Buffer.from(data).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
