// Asking nodes for bytes that no tier has, over NATS: a question on `fs.wanted.<tenant>` that every node hears, and only a
// node that has such a file answers; then that node alone is asked to put it into hot, again and again until it has.
import { z } from 'zod';
import {
  type NodeId,
  nodeIdSchema,
  type ProjectName,
  projectNameSchema,
  type Sha,
  shaSchema,
  type Tenant,
} from '../model/ids.ts';
import type { Log } from '../model/log.ts';
import type { NatsLink } from '../store/nats-connect.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import type { Holder, Wanted } from './heal.ts';

const questionSchema = z.strictObject({ sha: shaSchema, project: projectNameSchema });
const heldSchema = z.strictObject({ node: nodeIdSchema });
const putSchema = z.strictObject({ kind: z.enum(['put', 'waiting', 'gone']) });

const allNodes = (tenant: Tenant): string => `fs.wanted.${tenant}`;
const oneNode = (tenant: Tenant, node: NodeId): string => `${allNodes(tenant)}.${node}`;
/** Nodes that have nothing do not answer: who is online does within this. */
const HELD_WITHIN_MS = 2_000;
const ANSWER_WITHIN_MS = 2_000;

export function natsWanted(link: NatsLink, tenant: Tenant): Wanted {
  async function holderOf(sha: Sha, project: ProjectName): Promise<NodeId | undefined> {
    try {
      const reply = await link.request(allNodes(tenant), JSON.stringify({ sha, project }), {
        timeoutMs: HELD_WITHIN_MS,
      });
      return heldSchema.parse(JSON.parse(Buffer.from(reply.data).toString('utf8'))).node;
    } catch (error) {
      // Silence is an answer here, but only while NATS itself is there.
      if (error instanceof StoreUnavailableError && link.isConnected) return undefined;
      throw error;
    }
  }
  return {
    isHeld: async (sha, project) => (await holderOf(sha, project)) !== undefined,
    async put(sha, project) {
      const node = await holderOf(sha, project);
      if (node === undefined) return false;
      for (;;) {
        const reply = await link.request(oneNode(tenant, node), JSON.stringify({ sha, project }));
        const { kind } = putSchema.parse(JSON.parse(Buffer.from(reply.data).toString('utf8')));
        if (kind !== 'waiting') return kind === 'put';
      }
    },
  };
}

/** Answers for one node until the signal aborts. */
export function serveWanted(
  link: NatsLink,
  tenant: Tenant,
  node: NodeId,
  holder: Holder,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): void {
  const putting = new Map<Sha, Promise<boolean>>();
  const asked = link.connection.subscribe(allNodes(tenant), {
    callback: (error, message) => {
      const question = error ? undefined : parsed(message.data);
      if (question && holder.holds(question.project, question.sha)) message.respond(JSON.stringify({ node }));
    },
  });
  const told = link.connection.subscribe(oneNode(tenant, node), {
    callback: (error, message) => {
      const question = error ? undefined : parsed(message.data);
      if (!question) return;
      const { sha, project } = question;
      const put = putting.get(sha) ?? holder.putAgain(project, sha).finally(() => putting.delete(sha));
      putting.set(sha, put);
      void inTime(put).then(
        (kind) => message.respond(JSON.stringify({ kind })),
        (failure: unknown) => log.warn({ error: failure, sha }, `${sha.slice(0, 12)} is wanted and could not be put`),
      );
    },
  });
  const end = () => {
    asked.unsubscribe();
    told.unsubscribe();
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
}

async function inTime(put: Promise<boolean>): Promise<z.infer<typeof putSchema>['kind']> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'waiting'>((resolve) => {
    timer = setTimeout(() => resolve('waiting'), ANSWER_WITHIN_MS);
  });
  try {
    return await Promise.race([put.then((done) => (done ? 'put' : 'gone')), late]);
  } finally {
    clearTimeout(timer);
  }
}

function parsed(data: Uint8Array): z.infer<typeof questionSchema> | undefined {
  try {
    return questionSchema.safeParse(JSON.parse(Buffer.from(data).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
