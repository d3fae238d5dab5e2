// A project's name, policy and end, and how it comes back.
import { z } from 'zod';
import type { AppServices } from '../../app/context.ts';
import { pageQuery } from '../../core/api/page.ts';
import { patchedPolicy } from '../../core/api/policy-patch.ts';
import {
  changedProjectSchema,
  deletedProjectPageSchema,
  policySchema,
  projectChangeSchema,
  projectSchema,
} from '../../core/api/project.ts';
import { isoTime } from '../../core/model/clock.ts';
import { type ProjectName, projectNameSchema } from '../../core/model/ids.ts';
import type { ProjectPolicy } from '../../core/model/policy.ts';
import { type IfMatch, ifMatchSchema, stateFor } from './etag.ts';
import { body, existing, json, operation, operations } from './operation.ts';
import { pageOfAll } from './page.ts';
import { ApiProblem } from './problem.ts';
import { newProject, projectShown } from './projects.ts';
import { done } from './refused.ts';
import { actorOf, seesProject } from './who-asks.ts';

const tags = ['Projects'];
const params = z.object({ project: projectNameSchema });

export const projectEndOperations = () =>
  operations()
    .openapi(
      operation(
        'read',
        {
          method: 'get',
          path: '/projects/{project}/policy',
          operationId: 'getPolicy',
          summary: 'A project’s policy',
          tags,
          request: { params },
        },
        { 200: json(policySchema, 'Its policy, with what holds where nothing was set') },
      ),
      async (c) => c.json(await policyOf(c.get('services'), c.req.valid('param').project), 200),
    )
    .openapi(
      operation(
        'write',
        {
          method: 'patch',
          path: '/projects/{project}',
          operationId: 'changeProject',
          summary: 'Rename a project, or change its policy',
          description:
            'One of them in a request, so that a refusal means that nothing was changed. Its history and its assignments go on under the new name. Of the policy each field that is given is changed.',
          tags,
          request: { params, body: body(projectChangeSchema) },
        },
        { 200: json(changedProjectSchema, 'It is so now') },
      ),
      async (c) => {
        const { project } = c.req.valid('param');
        const { name, policy: patch } = c.req.valid('json');
        const services = c.get('services');
        if (name !== undefined && !seesProject(c, name)) {
          throw new ApiProblem('scope-missing', `The token is not for a project ${name}.`, { field: 'body.name' });
        }
        let policy = await policyOf(services, project);
        if (patch) {
          const change = { seen: policy, next: patchedPolicy(policy, patch) };
          policy = done(await services.policyCommands.changePolicy(actorOf(c), project, change)).policy;
        }
        if (name !== undefined && name !== project) {
          done(await services.projectCommands.rename(actorOf(c), project, name));
        }
        return c.json({ name: name ?? project, policy }, 200);
      },
    )
    .openapi(
      operation(
        'write',
        {
          method: 'delete',
          path: '/projects/{project}',
          operationId: 'deleteProject',
          summary: 'Delete a project',
          description:
            'Nodes keep their files and stop syncing. It is kept for 30 days, and can be brought back until then.',
          tags,
          request: {
            params,
            headers: z.object({
              'if-match': ifMatchSchema
                .optional()
                .meta({ description: 'the commit that was seen, in quotes: what came since was not decided on' }),
            }),
          },
        },
        { 204: { description: 'It was deleted' } },
      ),
      async (c) => {
        const { project } = c.req.valid('param');
        const said = c.req.valid('header')['if-match'];
        if (said?.kind !== 'one-of') throw notSeen(said);
        const { queries, projectCommands } = c.get('services');
        const current = async () => existing(project, await queries.project(project)).commitSha ?? undefined;
        const seen = await stateFor(said, current);
        done(await projectCommands.remove(actorOf(c), project, seen));
        return c.body(null, 204);
      },
    )
    .openapi(
      operation(
        { scope: 'read', projects: 'own' },
        {
          method: 'get',
          path: '/deleted-projects',
          operationId: 'listDeletedProjects',
          summary: 'List deleted projects that are still kept, by name',
          tags,
          request: { query: z.object(pageQuery) },
        },
        { 200: json(deletedProjectPageSchema, 'A page of them') },
      ),
      async (c) => {
        const deleted = await c.get('services').queries.deletedProjects();
        const all = deleted.filter(({ name }) => seesProject(c, name as ProjectName));
        const { items, next } = pageOfAll(all, ({ name }) => name, c.req.valid('query'));
        const shown = items.map(({ name, files, bytes, deletedAt, keptUntil }) => ({
          ...{ name: name as ProjectName, files, bytes },
          ...{ deleted_at: isoTime(deletedAt), kept_until: isoTime(keptUntil) },
        }));
        return c.json({ items: shown, next }, 200);
      },
    )
    .openapi(
      operation(
        'write',
        {
          method: 'post',
          path: '/projects/{project}/undelete',
          operationId: 'undeleteProject',
          summary: 'Bring a deleted project back',
          description: 'As it was; its workspaces go on by themselves.',
          tags,
          request: { params },
        },
        { 200: json(projectSchema, 'It is back') },
      ),
      async (c) => {
        const { project } = c.req.valid('param');
        const { queries, projectCommands } = c.get('services');
        done(await projectCommands.undelete(actorOf(c), project));
        return c.json(projectShown((await queries.project(project)) ?? newProject(project)), 200);
      },
    );

function notSeen(said: IfMatch | undefined): ApiProblem {
  const field = 'header.if-match';
  const next = 'GET the project, and send its commit as If-Match: "<commit>".';
  if (said === undefined) {
    return new ApiProblem('precondition-required', 'A deletion says which state it is of.', { field, next });
  }
  return new ApiProblem('invalid-value', `${field} is *: a deletion says which state it is of.`, { field, next });
}

async function policyOf({ settings }: AppServices, project: ProjectName): Promise<ProjectPolicy> {
  return existing(project, (await settings.policies()).get(project));
}
