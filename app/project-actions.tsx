// What people ask of projects, by forms. Everything changes by POST from our own pages only (security.ts), and may be sent
// twice.
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { projectNameSchema } from '../core/model/ids.ts';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import { emptyProjectForm, type FilledProject, projectFormPart, readProject, takenName } from './project-form.tsx';
import { projectsPage } from './projects.tsx';
import { answerForm, isFromScript, type Outcome } from './said.tsx';

const MAX_FORM_BYTES = 16 * 1024;

export const projectActionRoutes = new Hono<AppEnv>()
  .use('/projects/*', bodyLimit({ maxSize: MAX_FORM_BYTES }))
  .post('/projects', async (c) => {
    const { name: typed } = await c.req.parseBody();
    const read = readProject(typeof typed === 'string' ? typed : undefined);
    if (read.kind === 'invalid') return again(c, 'invalid', read.form);
    const { kind } = await c.get('services').projectCommands.create(c.get('session').user, read.name);
    if (kind === 'project-exists') return again(c, kind, takenName(read.name));
    return answerForm(c, '/projects', kind, projectFormPart(emptyProjectForm));
  })
  .post('/projects/:project/promote', async (c) => {
    const project = projectNameSchema.safeParse(c.req.param('project'));
    if (!project.success) throw new NotFoundError('There is no such project.');
    const { kind } = await c.get('services').projectCommands.promote(c.get('session').user, project.data);
    return answerForm(c, '/projects', kind);
  });

/** The form comes back as it was filled, with what has to be corrected. */
function again(c: Context<AppEnv>, outcome: Outcome, form: FilledProject): Response | Promise<Response> {
  if (!isFromScript(c)) return projectsPage(c, { outcome, form });
  return answerForm(c, '/projects', outcome, projectFormPart(form));
}
