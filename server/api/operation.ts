// One operation of the API: its address, what it takes and gives, and the scope of the token that it needs. The same lines check
// requests and make the OpenAPI document.
import { createRoute, OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { problemSchema } from '../../core/api/problem.ts';
import type { TokenScope } from '../../core/model/api-token.ts';
import { systemClock } from '../../core/model/clock.ts';
import { quote } from '../../core/model/ids.ts';
import { unknownName } from '../../core/model/plain-issues.ts';
import { answerOnce } from './answer-once.ts';
import type { ApiEnv } from './api-env.ts';
import { isJson } from './json-type.ts';
import { ApiProblem, invalidValue, noProject } from './problem.ts';
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
    middleware: [
      requireScope(scope, route.path.includes('{project}') ? 'one' : projects),
      ...(takesJson(route) ? [requireJson(route.request?.body?.required !== false)] : []),
      // After the scope: of who is refused nothing is read, and nothing kept. After an absent body is made an empty one: what is
      // read here is what is read for good.
      ...(route.method === 'post' ? [answerOnce(systemClock)] : []),
      requireKnown(route.request?.query),
    ],
    responses: { ...responses, default: PROBLEM },
  });
}

export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** What is sent as JSON. Where all of it may be absent, so may it be itself. */
export const body = <T extends z.ZodType>(schema: T) => ({
  // For the types it is always there: who sends none is taken for sending an empty one.
  required: !schema.safeParse({}).success as true,
  content: { 'application/json': { schema } },
});

const takesJson = ({ request }: Described): boolean => request?.body?.content['application/json'] !== undefined;

/** A body of another type would be taken for none, and its first field be missed.
 *  @param isRequired  false: none is an empty one */
const requireJson =
  (isRequired: boolean): MiddlewareHandler<ApiEnv> =>
  (c, next) => {
    const type = c.req.header('content-type');
    if (!isRequired && hasNoBody(c.req.raw)) {
      const { url, method, signal } = c.req.raw;
      const headers = new Headers(c.req.raw.headers);
      headers.set('content-type', 'application/json');
      headers.delete('content-length');
      c.req.raw = new Request(url, { method, headers, signal, body: '{}' });
      return next();
    }
    if (isJson(type)) return next();
    const next_ = 'Send JSON, with "Content-Type: application/json".';
    const detail = type === undefined ? 'The request does not say what its body is.' : `The body is ${quote(type)}.`;
    throw new ApiProblem('unsupported-media-type', detail, { field: 'header.content-type', next: next_ });
  };

/** As HTTP/1.1 says it. */
function hasNoBody({ headers }: Request): boolean {
  const length = headers.get('content-length');
  return !headers.has('transfer-encoding') && (length === '0' || (length === null && !headers.has('content-type')));
}

/** A parameter that is not known says what its sender did not get: all, where a part was meant. */
function requireKnown(query: unknown): MiddlewareHandler<ApiEnv> {
  const names = query instanceof z.ZodObject ? Object.keys(query.shape) : [];
  return (c, next) => {
    for (const name of new URL(c.req.url).searchParams.keys()) {
      if (names.includes(name)) continue;
      throw new ApiProblem('invalid-value', `query.${name}: ${unknownName(name, names)}`, { field: `query.${name}` });
    }
    return next();
  };
}

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
