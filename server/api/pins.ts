// What of a project never leaves hot storage.
import { z } from 'zod';
import type { AppServices } from '../../app/context.ts';
import { pinAskSchema, pinsSchema } from '../../core/api/project.ts';
import { isoTime } from '../../core/model/clock.ts';
import { type ProjectName, projectNameSchema } from '../../core/model/ids.ts';
import { body, existing, json, operation, operations } from './operation.ts';
import { done } from './refused.ts';
import { actorOf } from './who-asks.ts';

const tags = ['Projects'];
const params = z.object({ project: projectNameSchema });

export const pinOperations = () =>
  operations()
    .openapi(
      operation(
        'read',
        {
          method: 'get',
          path: '/projects/{project}/pins',
          operationId: 'listPins',
          summary: 'What of a project never leaves hot',
          tags,
          request: { params },
        },
        { 200: json(pinsSchema, 'All of its pins') },
      ),
      async (c) => {
        const { project } = c.req.valid('param');
        const { queries } = c.get('services');
        existing(project, await queries.project(project));
        return c.json(await pinsOf(queries, project), 200);
      },
    )
    .openapi(
      operation(
        'write',
        {
          method: 'post',
          path: '/projects/{project}/pin',
          operationId: 'pin',
          summary: 'Keep paths of a project in hot',
          description: 'All of them or none.',
          tags,
          request: { params, body: body(pinAskSchema) },
        },
        { 200: json(pinsSchema, 'All of its pins now') },
      ),
      async (c) => {
        const { project } = c.req.valid('param');
        const { queries, projectCommands } = c.get('services');
        done(await projectCommands.pin(actorOf(c), project, c.req.valid('json').paths));
        return c.json(await pinsOf(queries, project), 200);
      },
    )
    .openapi(
      operation(
        'write',
        {
          method: 'post',
          path: '/projects/{project}/unpin',
          operationId: 'unpin',
          summary: 'Let paths of a project leave hot again',
          tags,
          request: { params, body: body(pinAskSchema) },
        },
        { 200: json(pinsSchema, 'What is left of its pins') },
      ),
      async (c) => {
        const { project } = c.req.valid('param');
        const { queries, projectCommands } = c.get('services');
        done(await projectCommands.unpin(actorOf(c), project, c.req.valid('json').paths));
        return c.json(await pinsOf(queries, project), 200);
      },
    );

async function pinsOf(queries: AppServices['queries'], project: ProjectName) {
  const pins = await queries.pins(project);
  return { items: pins.map(({ path, by, at }) => ({ path, by, at: isoTime(at) })) };
}
