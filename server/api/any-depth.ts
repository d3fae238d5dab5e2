// Operations whose address ends in a path of a project. It may come with its slashes, as people write it, or as one segment
// with the slashes escaped, as clients that are made from the document send it; the document has it as one parameter.
import type { OpenAPIHono, RouteConfig, RouteHandler } from '@hono/zod-openapi';
import type { ApiEnv } from './api-env.ts';

/** Any letters, line ends too: a name may have them. */
const PATH = '/:path{[\\s\\S]+}';

/** @param route  whose path ends in `/{path}` */
export function atAnyDepth<R extends RouteConfig & { getRoutingPath(): string }>(
  app: OpenAPIHono<ApiEnv>,
  route: R,
  handler: RouteHandler<R, ApiEnv>,
): void {
  describe(app, route);
  app.openapi({ ...route, path: route.path.replace(/\/\{path\}$/, PATH), hide: true }, handler as never);
}

/** In the document only: a HEAD is answered by what answers the GET. */
export function asHead<R extends RouteConfig>(app: OpenAPIHono<ApiEnv>, route: R, operationId: string): void {
  const withoutBody = Object.entries(route.responses).map(([status, answer]) => {
    return [status, 'description' in answer ? { description: answer.description } : answer] as const;
  });
  const responses = Object.fromEntries(withoutBody);
  describe(app, { ...route, method: 'head', operationId, responses });
}

function describe(app: OpenAPIHono<ApiEnv>, { middleware: _, ...route }: RouteConfig): void {
  app.openAPIRegistry.registerPath(route);
}
