// What no operation has answered: there is nothing at the address, or something with which other things can be done. Which ones
// is asked of the router, so that it is told of each address without a list to keep.
import type { Context, Hono } from 'hono';
import type { ApiEnv } from './api-env.ts';
import { ApiProblem, sendProblem } from './problem.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** @param app  that has all operations */
export function notFound(app: Hono<ApiEnv>): (c: Context<ApiEnv>) => Response {
  return (c) => {
    const { method, path } = c.req;
    const allowed = METHODS.filter((each) => isAnswered(app, each, path)).flatMap(withHead);
    if (allowed.length === 0) {
      const next = 'GET /openapi.json describes what there is.';
      return sendProblem(c, new ApiProblem('not-found', `There is nothing at ${method} ${path}.`, { next }));
    }
    c.header('allow', allowed.join(', '));
    const next = `Ask with ${allowed.join(', ')}; GET /openapi.json describes what each does.`;
    return sendProblem(c, new ApiProblem('method-not-allowed', `${path} takes no ${method}.`, { next }));
  };
}

/** What stands for all methods is what every request passes, and this answer itself. */
const isAnswered = (app: Hono<ApiEnv>, method: string, path: string): boolean =>
  app.router.match(method, path)[0].some(([[, route]]) => route.method === method);

/** A HEAD is answered by what answers the GET. */
const withHead = (method: string): string[] => (method === 'GET' ? ['GET', 'HEAD'] : [method]);
