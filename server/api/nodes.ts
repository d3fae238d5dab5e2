// Nodes: listed, shown and forgotten; the workspaces and limits that they are asked for, and answers to what they ask.
import { z } from 'zod';
import {
  answeredSchema,
  answerSchema,
  assignedSchema,
  assignmentSchema,
  limitsChangeSchema,
  limitsSchema,
  nodePageSchema,
  nodeSchema,
  placeQuery,
} from '../../core/api/node.ts';
import { pageQuery } from '../../core/api/page.ts';
import { nodeIdSchema, projectNameSchema } from '../../core/model/ids.ts';
import { limitFields } from '../../core/node/change-limits.ts';
import { nodeShown } from './node-shown.ts';
import { body, json, operation, operations } from './operation.ts';
import { pageOfAll } from './page.ts';
import { ApiProblem } from './problem.ts';
import { done, refused } from './refused.ts';
import { actorOf } from './who-asks.ts';

const tags = ['Nodes'];
const params = z.object({ node: nodeIdSchema });
const place = z.object({ node: nodeIdSchema, project: projectNameSchema });

export const nodeOperations = () =>
  operations()
    .openapi(
      operation(
        'read',
        {
          method: 'get',
          path: '/nodes',
          operationId: 'listNodes',
          summary: 'List nodes, by name',
          tags,
          request: { query: z.object(pageQuery) },
        },
        { 200: json(nodePageSchema, 'A page of nodes') },
      ),
      async (c) => {
        const all = await c.get('services').queries.nodes();
        if (!all) throw new ApiProblem('unavailable', 'The server has just started, and has not heard of all nodes.');
        const { items, next } = pageOfAll(all, ({ node }) => node, c.req.valid('query'));
        return c.json({ items: items.map(nodeShown), next }, 200);
      },
    )
    .openapi(
      operation(
        'read',
        {
          method: 'get',
          path: '/nodes/{node}',
          operationId: 'getNode',
          summary: 'A node, with all that it holds',
          tags,
          request: { params },
        },
        { 200: json(nodeSchema, 'The node') },
      ),
      async (c) => {
        const found = await c.get('services').queries.node(c.req.valid('param').node);
        if (!found) throw refused('no-node');
        return c.json(nodeShown(found), 200);
      },
    )
    .openapi(
      operation(
        'write',
        {
          method: 'delete',
          path: '/nodes/{node}',
          operationId: 'forgetNode',
          summary: 'Forget a node that is gone for good',
          tags,
          request: { params },
        },
        { 204: { description: 'It is forgotten' } },
      ),
      async (c) => {
        done(await c.get('services').nodeCommands.forget(actorOf(c), c.req.valid('param').node));
        return c.body(null, 204);
      },
    )
    .openapi(
      operation(
        'write',
        {
          method: 'put',
          path: '/nodes/{node}/workspaces/{project}',
          operationId: 'assignWorkspace',
          summary: 'Assign a project, or a part of it, to a node',
          description:
            'The node decides whether it takes it; GET nodes/{node} says so. One that is there at the same root and prefix is changed.',
          tags,
          request: { params: place, body: body(assignmentSchema) },
        },
        { 202: json(assignedSchema, 'The node is asked for it') },
      ),
      async (c) => {
        const { node, project } = c.req.valid('param');
        const { queries, nodeCommands } = c.get('services');
        if (!(await queries.project(project))) throw refused('no-project');
        const outcome = await nodeCommands.assign(actorOf(c), node, { project, ...c.req.valid('json') });
        return c.json({ outcome: done(outcome).kind }, 202);
      },
    )
    .openapi(
      operation(
        'write',
        {
          method: 'delete',
          path: '/nodes/{node}/workspaces/{project}',
          operationId: 'unassignWorkspace',
          summary: 'End an assignment',
          description:
            'The workspace is removed from the node when it is proven that all it holds is in the project; until then the node says why it stays.',
          tags,
          request: { params: place, query: z.object(placeQuery) },
        },
        { 204: { description: 'The assignment has ended' } },
      ),
      async (c) => {
        const { node, project } = c.req.valid('param');
        const { root, prefix } = c.req.valid('query');
        const where = { project, root, ...(prefix !== undefined && { prefix }) };
        done(await c.get('services').nodeCommands.unassign(actorOf(c), node, where));
        return c.body(null, 204);
      },
    )
    .openapi(
      operation(
        'write',
        {
          method: 'patch',
          path: '/nodes/{node}/limits',
          operationId: 'changeLimits',
          summary: 'Change what a node may use',
          tags,
          request: { params, body: body(limitsChangeSchema) },
        },
        { 200: json(limitsSchema, 'What it is asked to keep to now') },
      ),
      async (c) => {
        const { node } = c.req.valid('param');
        const wanted = c.req.valid('json');
        const { queries, nodeCommands } = c.get('services');
        const now = (await queries.node(node))?.limits;
        if (!now) throw refused('no-node');
        const changes = limitFields.flatMap((field) => {
          const to = wanted[field];
          return to === undefined ? [] : [{ field, seen: now[field], to: to ?? undefined }];
        });
        return c.json({ limits: done(await nodeCommands.changeLimits(actorOf(c), node, changes)).limits }, 200);
      },
    )
    .openapi(
      operation(
        'write',
        {
          method: 'post',
          path: '/nodes/{node}/answers',
          operationId: 'answerQuestion',
          summary: 'Answer what a workspace asks',
          description:
            'allow: what is gone from the directory is deleted from the project. restore: it is brought back.',
          tags,
          request: { params, body: body(answerSchema) },
        },
        { 200: json(answeredSchema, 'It is answered; the node acts on it when it reads it') },
      ),
      async (c) => {
        const { question, answer, seen } = c.req.valid('json');
        const { nodeCommands } = c.get('services');
        const outcome = await nodeCommands.answer(actorOf(c), c.req.valid('param').node, { question, answer, seen });
        return c.json({ question: done(outcome).question, answer }, 200);
      },
    );
