// What people ask of jobs, by forms: to start one on all projects, to stop, repeat or run one. Everything changes by POST from
// our own pages only (security.ts), and may be sent twice.
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { shaSchema } from '../core/model/ids.ts';
import type { AppEnv } from './context.ts';
import { DEAD_LETTERS_URL } from './dead-letters.tsx';
import { readStart } from './job-start.tsx';
import type { JobAsked } from './job-view.ts';
import { answerForm, type Outcome } from './said.tsx';
import { fieldsIn } from './sent.ts';
import { actorOf } from './session.ts';
import { jobsUrl, jobUrl } from './url.ts';

const MAX_FORM_BYTES = 16 * 1024;

export const jobActionRoutes = new Hono<AppEnv>()
  .use('/jobs/*', bodyLimit({ maxSize: MAX_FORM_BYTES }))
  .post('/jobs', async (c) => {
    const read = readStart(await fieldsIn(c), undefined);
    if (read.kind === 'invalid') return answerForm(c, jobsUrl(), 'invalid');
    const { actor, commands } = asker(c);
    return toJob(c, jobsUrl(), await commands.start(actor, read.task, { dryRun: read.dryRun }));
  })
  .post(DEAD_LETTERS_URL, async (c) => {
    const sha = (await fieldsIn(c))('sha');
    const which = sha === 'all' ? sha : shaSchema.safeParse(sha).data;
    if (which === undefined) return answerForm(c, jobsUrl(), 'invalid');
    const { actor, commands } = asker(c);
    return toJob(c, jobsUrl(), await commands.retryDead(actor, which));
  })
  .post('/jobs/:id/cancel', async (c) => {
    const { actor, commands } = asker(c);
    const id = c.req.param('id');
    const { kind } = await commands.cancel(actor, id);
    return answerForm(c, kind === 'no-job' ? jobsUrl() : jobUrl(id), kind);
  })
  .post('/jobs/:id/retry', async (c) => {
    const { actor, commands } = asker(c);
    const id = c.req.param('id');
    return toJob(c, jobUrl(id), await commands.retry(actor, id));
  })
  .post('/jobs/:id/adopt', async (c) => {
    const { actor, commands } = asker(c);
    const id = c.req.param('id');
    return toJob(c, jobUrl(id), await commands.adopt(actor, id));
  });

const asker = (c: Context<AppEnv>) => ({
  actor: actorOf(c),
  commands: c.get('services').jobCommands,
});

/** A job that was asked for is what a person wants to see next. */
export function toJob(
  c: Context<AppEnv>,
  otherwise: string,
  outcome: JobAsked | { readonly kind: Exclude<Outcome, JobAsked['kind']> },
): Response {
  if ('id' in outcome) return answerForm(c, jobUrl(outcome.id), outcome.kind);
  return answerForm(c, outcome.kind === 'no-job' ? jobsUrl() : otherwise, outcome.kind);
}
