// What people ask of a node, by forms: an answer, limits, a look anew, an assignment and its end, and to be forgotten. Everything changes by POST
// from our own pages only (security.ts), and may be sent twice.
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import { type NodeId, projectNameSchema } from '../core/model/ids.ts';
import { relPathSchema } from '../core/model/rel-path.ts';
import type { AppEnv } from './context.ts';
import { assignFormPart, emptyAssignForm, readAssign } from './node-assign-form.tsx';
import { nodeIn, nodePage, type Refilled } from './node-detail.tsx';
import { limitsFormPart, limitsMoved, limitsOf, readLimits } from './node-limits-form.tsx';
import { answerForm, isFromScript, type Outcome } from './said.tsx';
import { actorOf } from './session.ts';
import { nodeUrl } from './url.ts';

const MAX_FORM_BYTES = 64 * 1024;

const answerSchema = z.object({
  question: z.string().min(1).max(100),
  answer: z.enum(['allow', 'restore']),
  seen: z.enum(['allow', 'restore']).optional().catch(undefined),
});
const rescanSchema = z.object({
  project: projectNameSchema,
  seen: z.iso.datetime().optional().catch(undefined),
});
const placeSchema = z.object({
  project: projectNameSchema,
  prefix: relPathSchema.optional(),
  root: z.string().min(1).max(4096),
});

export const nodeActionRoutes = new Hono<AppEnv>()
  .use('/nodes/:node/*', bodyLimit({ maxSize: MAX_FORM_BYTES }))
  .post('/nodes/:node/answer', async (c) => {
    const { node, actor, commands, field } = await sent(c);
    const asked = answerSchema.safeParse(fieldsOf(field, ['question', 'answer', 'seen']));
    if (!asked.success) return back(c, node, 'invalid');
    const { question, answer, seen } = asked.data;
    return back(c, node, (await commands.answer(actor, node, { question, answer, seen })).kind);
  })
  .post('/nodes/:node/rescan', async (c) => {
    const { node, actor, commands, field } = await sent(c);
    const asked = rescanSchema.safeParse(fieldsOf(field, ['project', 'seen']));
    if (!asked.success) return back(c, node, 'invalid');
    const { project, seen } = asked.data;
    return back(c, node, (await commands.rescan(actor, node, { project, seen })).kind);
  })
  .post('/nodes/:node/unassign', async (c) => {
    const { node, actor, commands, field } = await sent(c);
    const place = placeSchema.safeParse(fieldsOf(field, ['project', 'prefix', 'root']));
    if (!place.success) return back(c, node, 'invalid');
    const { project, prefix, root } = place.data;
    const outcome = await commands.unassign(actor, node, { project, root, ...(prefix !== undefined && { prefix }) });
    return back(c, node, outcome.kind);
  })
  .post('/nodes/:node/limits', async (c) => {
    const { node, actor, commands, field } = await sent(c);
    const read = readLimits(field);
    if (read.kind === 'invalid') return again(c, node, { outcome: 'invalid', limits: read.form });
    const outcome = await commands.changeLimits(actor, node, read.changes);
    if (outcome.kind === 'limits-moved') {
      const limits = limitsMoved(read.form, outcome.limits, outcome.fields);
      return again(c, node, { outcome: outcome.kind, limits });
    }
    if (outcome.kind === 'no-node' || outcome.kind === 'unreadable') return back(c, node, outcome.kind);
    const said = outcome.kind === 'limits-changed' && (await isAway(c, node)) ? 'limits-kept' : outcome.kind;
    return answerForm(c, nodeUrl(node), said, limitsFormPart(node, limitsOf(outcome.limits)));
  })
  .post('/nodes/:node/forget', async (c) => {
    const { node, actor, commands } = await sent(c);
    const { kind } = await commands.forget(actor, node);
    return answerForm(c, kind === 'node-lives' ? nodeUrl(node) : '/nodes', kind);
  })
  .post('/nodes/:node/assign', async (c) => {
    const { node, actor, commands, field } = await sent(c);
    const projects = await projectsOf(c);
    const read = readAssign(field, projects);
    if (read.kind === 'invalid') return again(c, node, { outcome: 'invalid', assign: read.form });
    const outcome = await commands.assign(actor, node, read.asked);
    const form = assignFormPart(node, projects, emptyAssignForm);
    return answerForm(c, nodeUrl(node), outcome.kind, form);
  });

async function sent(c: Context<AppEnv>) {
  const body = await c.req.parseBody();
  const field = (name: string): string | undefined => {
    const value = Object.hasOwn(body, name) ? body[name] : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  return {
    node: nodeIn(c.req.param('node') ?? ''),
    actor: actorOf(c),
    commands: c.get('services').nodeCommands,
    field,
  };
}

/** What is empty was not given. */
const fieldsOf = (field: (name: string) => string | undefined, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (field(name) ? [[name, field(name) ?? '']] : [])));

const back = (c: Context<AppEnv>, node: NodeId, outcome: Outcome): Response =>
  answerForm(c, outcome === 'no-node' ? '/nodes' : nodeUrl(node), outcome);

/** The form comes back as it was filled, with what has to be corrected. */
async function again(c: Context<AppEnv>, node: NodeId, refilled: Refilled): Promise<Response> {
  if (!isFromScript(c)) return nodePage(c, node, refilled);
  const form = refilled.limits
    ? limitsFormPart(node, refilled.limits)
    : assignFormPart(node, await projectsOf(c), refilled.assign ?? emptyAssignForm);
  return answerForm(c, nodeUrl(node), refilled.outcome, form);
}

/** Nothing is at once for who does not run. */
async function isAway(c: Context<AppEnv>, node: NodeId): Promise<boolean> {
  const state = (await c.get('services').queries.node(node))?.state;
  return state === 'offline' || state === 'unheard' || state === 'left' || state === 'never';
}

const projectsOf = async (c: Context<AppEnv>) =>
  (await c.get('services').queries.projects()).map(({ name }) => name).sort();
