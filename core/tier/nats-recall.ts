// Recalls over NATS: a question on `fs.recall.<tenant>`, which one of the servers answers.
import { z } from 'zod';
import { type ProjectName, projectNameSchema, type Sha, shaSchema, type Tenant } from '../model/ids.ts';
import type { Log } from '../model/log.ts';
import { messageOf } from '../model/message-of.ts';
import type { NatsLink } from '../store/nats-connect.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../store/store-errors.ts';
import { askServers, serveQuestions } from './nats-questions.ts';
import type { Recall, RecallAnswer } from './recall.ts';

const questionSchema = z.strictObject({ sha: shaSchema, project: projectNameSchema.optional() });
const answerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('there') }),
  z.strictObject({ kind: z.literal('waiting') }),
  z.strictObject({ kind: z.literal('absent') }),
  z.strictObject({ kind: z.literal('corrupt'), detail: z.string() }),
  z.strictObject({ kind: z.literal('failed'), reason: z.string() }),
]);

const recalling = (tenant: Tenant) => ({
  subject: `fs.recall.${tenant}`,
  question: questionSchema,
  answer: answerSchema,
  does: 'reads it',
});

export const natsRecall = (link: NatsLink, tenant: Tenant): Recall => ({
  ask: (sha, project) => askServers(link, recalling(tenant), { sha, project }),
});

/** Brings one object to hot, or throws as Rehydrator.rehydrate does; asked again while it is at it. */
export type Bring = (sha: Sha, project: ProjectName | undefined) => Promise<unknown>;

/** Answers until the signal aborts. */
export function serveRecalls(
  link: NatsLink,
  tenant: Tenant,
  bring: Bring,
  serving: { readonly signal: AbortSignal; readonly log: Log },
): Promise<void> {
  const work = ({ sha, project }: z.infer<typeof questionSchema>) =>
    bring(sha, project).then((): RecallAnswer => ({ kind: 'there' }), answerOf);
  return serveQuestions(link, recalling(tenant), work, serving);
}

function answerOf(error: unknown): RecallAnswer {
  if (error instanceof ObjectAbsentError) return { kind: 'absent' };
  // What is damaged in hot is put anew from cold; a copy that was damaged on its way to there counts as a try that failed.
  if (error instanceof ObjectCorruptError && error.tier === 'cold') return { kind: 'corrupt', detail: error.detail };
  const isOfCold = error instanceof StoreUnavailableError && error.tier === 'cold';
  return { kind: 'failed', reason: isOfCold ? error.detail : messageOf(error) };
}
