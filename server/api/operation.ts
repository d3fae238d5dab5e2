// One operation of the API: its address, what it takes and gives, and the scope of the token that it needs. The same lines check
// requests and make the OpenAPI document.
import { createRoute, OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { z } from 'zod';
import { problemSchema } from '../../core/api/problem.ts';
import type { ApiEnv } from './api-env.ts';
import { ApiProblem, invalidValue } from './problem.ts';
import { requireScope, type Scope } from './who-asks.ts';

type Described = Omit<RouteConfig, 'security' | 'middleware' | 'responses'> & {
  /** stable: clients that are made from the document call it by this name */
  readonly operationId: string;
  readonly summary: string;
  readonly tags: string[];
};

const PROBLEM = {
  description: 'It was not done; the code says why',
  content: { 'application/problem+json': { schema: problemSchema } },
} as const;

/** @param scope  of the token
 *  @param route  what it takes
 *  @param responses  of success; each failure is a Problem */
export function operation<const R extends Described, const A extends RouteConfig['responses']>(
  scope: Scope,
  route: R,
  responses: A,
) {
  return createRoute({
    ...route,
    description: `${route.description ?? route.summary}\n\nScope: \`${scope}\`.`,
    security: [{ bearer: [scope] }],
    middleware: [requireScope(scope)] as const,
    responses: { ...responses, default: PROBLEM },
  });
}

export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

const WHERE = { param: 'path', query: 'query', json: 'body', form: 'body', header: 'header', cookie: 'cookie' };

/** An app for the operations of one noun. */
export const operations = () =>
  new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalidValue(WHERE[result.target], result.error);
    },
  });

/** @returns the value, when there is one @throws ApiProblem `no-project` */
export function existing<T>(project: string, found: T | undefined): T {
  if (found !== undefined) return found;
  const next = 'GET /api/v1/projects lists those that there are.';
  throw new ApiProblem('no-project', `There is no project ${project}.`, { field: 'path.project', next });
}
