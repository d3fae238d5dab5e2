// Proofs over NATS: a question on `fs.prove.<tenant>`, which one of the servers answers.
import { z } from 'zod';
import type { BroughtObject, ColdProofs, Freshness, ProofAnswer } from '../commit/cold-proofs.ts';
import { type ProjectName, projectNameSchema, shaSchema, type Tenant } from '../model/ids.ts';
import type { Log } from '../model/log.ts';
import { messageOf } from '../model/message-of.ts';
import type { NatsLink } from '../store/nats-connect.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../store/store-errors.ts';
import { Flights } from './flights.ts';
import { askServers, serveQuestions } from './nats-questions.ts';

const questionSchema = z.strictObject({
  project: projectNameSchema,
  objects: z.array(z.strictObject({ sha: shaSchema, size: z.int().min(0), mime: z.string() })).max(1_000),
  fresh: z.literal(true).optional(),
});
const answerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('proven') }),
  z.strictObject({ kind: z.literal('waiting') }),
  z.strictObject({ kind: z.literal('absent'), sha: shaSchema }),
  z.strictObject({ kind: z.literal('corrupt'), sha: shaSchema, detail: z.string() }),
  z.strictObject({ kind: z.literal('failed'), reason: z.string() }),
]);

const proving = (tenant: Tenant) => ({
  subject: `fs.prove.${tenant}`,
  question: questionSchema,
  answer: answerSchema,
  does: 'archives',
});

export const natsColdProofs = (link: NatsLink, tenant: Tenant): ColdProofs => ({
  ask: (project, objects, freshness) =>
    askServers(link, proving(tenant), {
      project,
      objects: [...objects],
      // A server that does not know the word refuses, rather than to answer by its records.
      ...(freshness === 'fresh' && { fresh: true }),
    }),
});

/** Archives them, or throws as ObjectArchiver.archive does. */
export type Prove = (project: ProjectName, objects: readonly BroughtObject[], freshness: Freshness) => Promise<unknown>;

/** Answers until the signal aborts. */
export function serveProofs(
  link: NatsLink,
  tenant: Tenant,
  prove: Prove,
  serving: { readonly signal: AbortSignal; readonly log: Log },
): Promise<void> {
  // The same question again, while it is worked on, waits for the same work.
  const flights = new Flights<string, ProofAnswer>();
  return serveQuestions(
    link,
    proving(tenant),
    ({ project, objects, fresh }) => {
      const freshness = fresh ? 'fresh' : 'record';
      const key = JSON.stringify([project, objects, freshness]);
      return flights.share(key, serving.signal, () =>
        prove(project, objects, freshness).then(() => ({ kind: 'proven' }), answerOf),
      );
    },
    serving,
  );
}

function answerOf(error: unknown): ProofAnswer {
  if (error instanceof ObjectAbsentError) return { kind: 'absent', sha: error.sha };
  if (error instanceof ObjectCorruptError) return { kind: 'corrupt', sha: error.sha, detail: error.detail };
  const isOfCold = error instanceof StoreUnavailableError && error.tier === 'cold';
  return { kind: 'failed', reason: isOfCold ? error.detail : messageOf(error) };
}
