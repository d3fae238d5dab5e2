// What people ask of projects, by forms: to create, rename, delete one and bring it back, to pin a path, to start a job.
// A pane that shows itself what came of it says where it stood, and is come back to.
// Everything changes by POST from our own pages only (security.ts), and may be sent twice.
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import { nodeIdSchema } from '../core/model/ids.ts';
import { relPathSchema } from '../core/model/rel-path.ts';
import type { AppEnv } from './context.ts';
import { toJob } from './job-actions.tsx';
import { projectStartPart, readStart } from './job-start.tsx';
import type { Block } from './parts.ts';
import { emptyPinForm, pinFormPart, readPin } from './pins.tsx';
import { notMeant, readRename } from './project-end.tsx';
import { emptyProjectForm, type FilledProject, projectFormPart, readProject, takenName } from './project-form.tsx';
import { managePage, projectIn, type RefilledManage } from './project-manage.tsx';
import { projectsPage } from './projects.tsx';
import { answerForm, isFromScript, type Outcome } from './said.tsx';
import { fieldsIn } from './sent.ts';
import { actorOf } from './session.ts';
import { localPath, manageUrl } from './url.ts';

const resyncSchema = z.object({ path: relPathSchema.optional(), node: nodeIdSchema.optional() });
const MAX_FORM_BYTES = 16 * 1024;

export const projectActionRoutes = new Hono<AppEnv>()
  .use('/projects/*', bodyLimit({ maxSize: MAX_FORM_BYTES }))
  .use('/p/:project/*', bodyLimit({ maxSize: MAX_FORM_BYTES }))
  .post('/projects', async (c) => {
    const read = readProject((await fieldsIn(c))('name'));
    if (read.kind === 'invalid') return again(c, 'invalid', read.form);
    const { kind } = await commandsOf(c).create(actorOf(c), read.name);
    if (kind === 'project-exists') return again(c, kind, takenName(read.name));
    return answerForm(c, '/projects', kind, projectFormPart(emptyProjectForm));
  })
  .post('/projects/:project/promote', async (c) => {
    const { kind } = await commandsOf(c).promote(actorOf(c), projectIn(c));
    return answerForm(c, '/projects', kind);
  })
  .post('/p/:project/resync', async (c) => {
    const project = projectIn(c);
    const field = await fieldsIn(c);
    const back = localPath(field('back') ?? '/projects');
    const asked = resyncSchema.safeParse({ path: field('path') || undefined, node: field('node') || undefined });
    if (!asked.success) return answerForm(c, back, 'invalid');
    const { path, node } = asked.data;
    const what = { project, ...(path !== undefined && { path }), ...(node !== undefined && { node }) };
    const { kind } = await commandsOf(c).resync(actorOf(c), what);
    return answerForm(c, kind === 'no-project' ? '/projects' : back, kind);
  })
  .post('/p/:project/manage', async (c) => {
    const project = projectIn(c);
    const read = readStart(await fieldsIn(c), project);
    if (read.kind === 'invalid') {
      return corrected(c, { outcome: 'invalid', start: read.form }, projectStartPart(project, read.form));
    }
    const actor = actorOf(c);
    const outcome = await c.get('services').jobCommands.start(actor, read.task, { dryRun: read.dryRun });
    return toJob(c, outcome.kind === 'no-project' ? '/projects' : manageUrl(project), outcome);
  })
  .post('/p/:project/rename', async (c) => {
    const project = projectIn(c);
    const read = readRename(project, (await fieldsIn(c))('name'));
    const invalid = ({ name, fault }: FilledProject, outcome: Outcome) =>
      managePage(c, { outcome, rename: { name, fault } });
    if (read.kind === 'invalid') return invalid(read.form, 'invalid');
    const { kind } = await commandsOf(c).rename(actorOf(c), project, read.name);
    if (kind === 'project-exists') return invalid(takenName(read.name), kind);
    return answerForm(c, kind === 'no-project' ? '/projects' : manageUrl(read.name), kind);
  })
  .post('/p/:project/delete', async (c) => {
    const project = projectIn(c);
    const field = await fieldsIn(c);
    const typed = field('name') ?? '';
    const fault = notMeant(project, typed);
    if (fault !== undefined) return managePage(c, { outcome: 'invalid', end: { typed, fault } });
    const { kind } = await commandsOf(c).remove(actorOf(c), project, field('seen') ?? '');
    return answerForm(c, kind === 'project-moved' ? manageUrl(project) : '/projects', kind);
  })
  .post('/p/:project/undelete', async (c) => {
    const { kind } = await commandsOf(c).undelete(actorOf(c), projectIn(c));
    return answerForm(c, '/projects', kind);
  })
  .post('/p/:project/pin', async (c) => {
    const project = projectIn(c);
    const field = await fieldsIn(c);
    const read = readPin(field('path'));
    if (read.kind === 'invalid') {
      return corrected(c, { outcome: 'invalid', pin: read.form }, pinFormPart(project, read.form));
    }
    const { kind } = await commandsOf(c).pin(actorOf(c), project, [read.path]);
    const back = field('back');
    if (kind === 'pinned' && back !== undefined) return c.redirect(localPath(back), 303);
    return answerForm(
      c,
      kind === 'no-project' ? '/projects' : manageUrl(project),
      kind,
      pinFormPart(project, emptyPinForm),
    );
  })
  .post('/p/:project/unpin', async (c) => {
    const project = projectIn(c);
    const field = await fieldsIn(c);
    const read = readPin(field('path'));
    if (read.kind === 'invalid') return answerForm(c, manageUrl(project), 'invalid');
    const { kind } = await commandsOf(c).unpin(actorOf(c), project, [read.path]);
    const back = field('back');
    return back === undefined
      ? answerForm(c, kind === 'no-project' ? '/projects' : manageUrl(project), kind)
      : c.redirect(localPath(back), 303);
  });

const commandsOf = (c: Context<AppEnv>) => c.get('services').projectCommands;

/** The form comes back as it was filled, with what has to be corrected. */
function corrected(c: Context<AppEnv>, refilled: RefilledManage, form: Block): Response | Promise<Response> {
  if (!isFromScript(c)) return managePage(c, refilled);
  return answerForm(c, manageUrl(projectIn(c)), refilled.outcome, form);
}

/** The same, on the page of all projects. */
function again(c: Context<AppEnv>, outcome: Outcome, form: FilledProject): Response | Promise<Response> {
  if (!isFromScript(c)) return projectsPage(c, { outcome, form });
  return answerForm(c, '/projects', outcome, projectFormPart(form));
}
