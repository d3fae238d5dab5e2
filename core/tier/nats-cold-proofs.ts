// Proofs over NATS: a question on `fs.prove.<tenant>`, which one of the servers answers, in time for the question: what takes
// longer is answered with "waiting", goes on, and is asked for again.
import { z } from 'zod';
import { type ProjectName, projectNameSchema, shaSchema, type Tenant } from '../model/ids.ts';
import type { Log } from '../model/log.ts';
import { messageOf } from '../model/message-of.ts';
import type { NatsLink } from '../store/nats-connect.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../store/store-errors.ts';
import type { BroughtObject, ColdProofs, ProofAnswer } from './cold-proofs.ts';
import { Flights } from './flights.ts';

const questionSchema = z.strictObject({
  project: projectNameSchema,
  objects: z.array(z.strictObject({ sha: shaSchema, size: z.int().min(0), mime: z.string() })).max(1_000),
});
const answerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('proven') }),
  z.strictObject({ kind: z.literal('waiting') }),
  z.strictObject({ kind: z.literal('absent'), sha: shaSchema }),
  z.strictObject({ kind: z.literal('corrupt'), sha: shaSchema, detail: z.string() }),
  z.strictObject({ kind: z.literal('failed'), reason: z.string() }),
]);

const subjectOf = (tenant: Tenant): string => `fs.prove.${tenant}`;
const QUEUE = 'servers';
/** A question waits for its answer longer than this. */
const ANSWER_WITHIN_MS = 2_000;

export function natsColdProofs(link: NatsLink, tenant: Tenant): ColdProofs {
  return {
    async ask(project, objects) {
      let reply: { readonly data: Uint8Array };
      try {
        reply = await link.request(subjectOf(tenant), JSON.stringify({ project, objects }));
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        return { kind: 'failed', reason: 'no server that archives answers: start one' };
      }
      return answerSchema.parse(JSON.parse(Buffer.from(reply.data).toString('utf8')));
    },
  };
}

/** Archives them, or throws as ObjectArchiver.archive does. */
export type Prove = (project: ProjectName, objects: readonly BroughtObject[]) => Promise<unknown>;

/** Answers until the signal aborts. */
export async function serveProofs(
  link: NatsLink,
  tenant: Tenant,
  prove: Prove,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Promise<void> {
  // The same question again, while it is worked on, waits for the same work.
  const flights = new Flights<string, ProofAnswer>();
  const questions = link.connection.subscribe(subjectOf(tenant), { queue: QUEUE });
  signal.addEventListener('abort', () => questions.unsubscribe(), { once: true });
  for await (const question of questions) {
    const text = Buffer.from(question.data).toString('utf8');
    const work = flights.share(text, signal, () => answerTo(text, prove));
    void inTime(work).then(
      (answer) => question.respond(JSON.stringify(answer)),
      (error: unknown) => log.warn({ error }, 'a question for proofs in cold could not be answered'),
    );
  }
}

async function answerTo(text: string, prove: Prove): Promise<ProofAnswer> {
  const asked = parsed(text);
  if (!asked) return { kind: 'failed', reason: 'the question is none: give {"project": …, "objects": […]}' };
  try {
    await prove(asked.project, asked.objects);
    return { kind: 'proven' };
  } catch (error) {
    if (error instanceof ObjectAbsentError) return { kind: 'absent', sha: error.sha };
    if (error instanceof ObjectCorruptError) return { kind: 'corrupt', sha: error.sha, detail: error.detail };
    const isOfCold = error instanceof StoreUnavailableError && error.tier === 'cold';
    return { kind: 'failed', reason: isOfCold ? error.detail : messageOf(error) };
  }
}

async function inTime(work: Promise<ProofAnswer>): Promise<ProofAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ProofAnswer>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'waiting' }), ANSWER_WITHIN_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function parsed(text: string): z.infer<typeof questionSchema> | undefined {
  try {
    return questionSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
