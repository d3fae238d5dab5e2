// Which objects a token may name. Objects are of no project, and a sha is no secret: who could name any would read with it what
// other projects have. So a token for some projects names bytes that it has put itself within the day, which shows that it has
// them, or that the file has already; of all others it is told what it is told of those that no tier has.
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { FileOp, OpFault } from '../../app/file-commands.ts';
import type { ObjectDetail } from '../../app/file-view.ts';
import type { ProjectName, Sha } from '../../core/model/ids.ts';
import { atOnce } from '../../core/tier/at-once.ts';
import { ANSWERS_KEPT_MS } from './answer-once.ts';
import type { ApiEnv } from './api-env.ts';
import { principalOf } from './who-asks.ts';

const LOOKS_AT_ONCE = 16;
const PUT = Buffer.from('{"v":1}');

/** Who asks has just put all bytes of it. Every server knows it then, for a day. */
export async function noteOwn(c: Context<ApiEnv>, sha: Sha): Promise<void> {
  const { actor, projects } = principalOf(c);
  if (projects === 'all') return;
  const { answers } = c.get('services');
  const key = keyOf(actor, sha);
  const there = await answers.get(key, { newest: true });
  // Moved: the same was put at the same time.
  await answers.compareAndSet(key, PUT, there?.revision ?? 0);
}

/** As the queries have it. @returns undefined also when the object is not for who asks */
export async function ownObject(c: Context<ApiEnv>, sha: Sha): Promise<ObjectDetail | undefined> {
  return (await isOwn(c, sha)) ? c.get('services').queries.object(sha) : undefined;
}

/** @returns the first op that names an object which is not for who asks */
export async function foreignObject(
  c: Context<ApiEnv>,
  project: ProjectName,
  ops: readonly FileOp[],
): Promise<{ readonly op: number; readonly why: OpFault } | undefined> {
  if (principalOf(c).projects === 'all') return undefined;
  const { queries } = c.get('services');
  const foreign = new Map<FileOp, Sha>();
  await atOnce(ops, LOOKS_AT_ONCE, c.req.raw.signal, async (op) => {
    if (op.kind !== 'put' || (await isOwn(c, op.sha))) return;
    if ((await queries.file(project, op.path))?.file.sha !== op.sha) foreign.set(op, op.sha);
  });
  for (const [at, op] of ops.entries()) {
    const sha = foreign.get(op);
    if (sha !== undefined) return { op: at, why: { kind: 'no-object', sha } };
  }
  return undefined;
}

async function isOwn(c: Context<ApiEnv>, sha: Sha): Promise<boolean> {
  const { actor, projects } = principalOf(c);
  if (projects === 'all') return true;
  const { answers, queries } = c.get('services');
  const put = await answers.get(keyOf(actor, sha), { newest: true });
  return put !== undefined && queries.now() - put.storedAt < ANSWERS_KEPT_MS;
}

const keyOf = ({ kind, id }: { readonly kind: string; readonly id: string }, sha: Sha): string =>
  `puts.${createHash('sha256').update(`${kind} ${id}\n${sha}`).digest('hex')}`;
