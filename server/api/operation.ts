// One operation of the API: its address, what it takes and gives, and the scope of the token that it needs. The same lines check
// requests and make the OpenAPI document.
import { createRoute, OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { z } from 'zod';
import { problemSchema } from '../../core/api/problem.ts';
import type { TokenScope } from '../../core/model/api-token.ts';
import type { ApiEnv } from './api-env.ts';
import { invalidValue, noProject } from './problem.ts';
import { requireScope } from './who-asks.ts';

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

/** What the token of a request needs. An operation that has no `{project}` in its path is of all projects, and refused to a
 *  token for some; unless it says that it shows and does no more than `seesProject` allows. */
export type Needs = TokenScope | { readonly scope: TokenScope; readonly projects: 'own' };

/** @param needs  of the token
 *  @param route  what it takes
 *  @param responses  of success; each failure is a Problem */
export function operation<const R extends Described, const A extends RouteConfig['responses']>(
  needs: Needs,
  route: R,
  responses: A,
) {
  const { scope, projects } = typeof needs === 'string' ? { scope: needs, projects: 'all' as const } : needs;
  return createRoute({
    ...route,
    description: `${route.description ?? route.summary}\n\nScope: \`${scope}\`.`,
    security: [{ bearer: [scope] }],
    middleware: [requireScope(scope, route.path.includes('{project}') ? 'one' : projects)] as const,
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
  throw noProject(project);
}
