// Projects: listed, made, shown.
import { z } from 'zod';
import type { ProjectSummary } from '../../app/project-view.ts';
import { pageQuery } from '../../core/api/page.ts';
import { type ApiProject, newProjectSchema, projectPageSchema, projectSchema } from '../../core/api/project.ts';
import { projectNameSchema } from '../../core/model/ids.ts';
import { body, existing, json, operation, operations } from './operation.ts';
import { isoOrNull, pageOfAll } from './page.ts';
import { ApiProblem } from './problem.ts';
import { done } from './refused.ts';
import { actorOf, seesProject } from './who-asks.ts';

const tags = ['Projects'];

export const projectOperations = () =>
  operations()
    .openapi(
      operation(
        { scope: 'read', projects: 'own' },
        {
          method: 'get',
          path: '/projects',
          operationId: 'listProjects',
          summary: 'List projects, by name',
          tags,
          request: { query: z.object(pageQuery) },
        },
        { 200: json(projectPageSchema, 'A page of projects') },
      ),
      async (c) => {
        const all = (await c.get('services').queries.projects()).filter(({ name }) => seesProject(c, name));
        const { items, next } = pageOfAll(all, ({ name }) => name, c.req.valid('query'));
        return c.json({ items: items.map(projectShown), next }, 200);
      },
    )
    .openapi(
      operation(
        { scope: 'write', projects: 'own' },
        {
          method: 'post',
          path: '/projects',
          operationId: 'createProject',
          summary: 'Make an empty project',
          tags,
          request: { body: body(newProjectSchema) },
        },
        { 201: json(projectSchema, 'It was made') },
      ),
      async (c) => {
        const { name } = c.req.valid('json');
        const { queries, projectCommands } = c.get('services');
        if (!seesProject(c, name))
          throw new ApiProblem('scope-missing', `The token is not for a project ${name}.`, { field: 'body.name' });
        done(await projectCommands.create(actorOf(c), name));
        c.header('location', `/api/v1/projects/${name}`);
        return c.json(projectShown((await queries.project(name)) ?? newProject(name)), 201);
      },
    )
    .openapi(
      operation(
        'read',
        {
          method: 'get',
          path: '/projects/{project}',
          operationId: 'getProject',
          summary: 'A project, and how it is',
          tags,
          request: { params: z.object({ project: projectNameSchema }) },
        },
        { 200: json(projectSchema, 'The project') },
      ),
      async (c) => {
        const { project } = c.req.valid('param');
        return c.json(projectShown(existing(project, await c.get('services').queries.project(project))), 200);
      },
    );

/** The server hears of what it made a moment later. */
export const newProject = (name: ProjectSummary['name']): ProjectSummary => ({
  ...{
    name,
    commitSha: null,
    files: 0,
    bytes: 0,
    changedAt: null,
    coldSince: null,
    skipped: 0,
    toArchive: 0,
    nodes: [],
  },
  state: 'no-nodes',
  sentence: 'No node has it',
});

export function projectShown(summary: ProjectSummary): ApiProject {
  const { name, commitSha, files, bytes, changedAt, state, sentence, coldSince, toArchive, tierBytes } = summary;
  return {
    ...{ name, commit: commitSha, files, bytes, changed_at: isoOrNull(changedAt), state, sentence },
    ...{ cold_since: isoOrNull(coldSince), to_archive: toArchive, tier_bytes: tierBytes ?? null },
  };
}
