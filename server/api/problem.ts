// What an operation throws when it does not do what it was asked, and how everything that is thrown becomes an answer: a reader
// gets the value, the rule and the next step; our own bugs go to the log under a number.
import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ZodError } from 'zod';
import { PROBLEMS, type Problem, type ProblemCode } from '../../core/api/problem.ts';
import { InvalidValueError } from '../../core/model/ids.ts';
import '../../core/model/plain-issues.ts';
import { StoreFullError, StoreUnavailableError } from '../../core/store/store-errors.ts';
import type { ApiEnv } from './api-env.ts';

type About = Pick<Problem, 'field' | 'next' | 'current' | 'violated-policies'>;

export class ApiProblem extends Error {
  override name = 'ApiProblem';
  readonly code: ProblemCode;
  readonly about: About;

  constructor(code: ProblemCode, detail: string, about: About = {}) {
    super(detail);
    this.code = code;
    this.about = about;
  }
}

/** Also for who may not know whether there is one. */
export function noProject(project: string, field = 'path.project'): ApiProblem {
  const next = 'GET /api/v1/projects lists those that there are.';
  return new ApiProblem('no-project', `There is no project ${project}.`, { field, next });
}

export function problemOf({ code, message, about }: ApiProblem): Problem {
  const { status, title, type } = { type: `/api/v1/docs#${code}`, ...PROBLEMS[code] };
  return { type, title, status, code, detail: message, ...about };
}

export function sendProblem(c: Context<ApiEnv>, problem: ApiProblem): Response {
  const body = problemOf(problem);
  return c.body(JSON.stringify(body), body.status as ContentfulStatusCode, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(problem.code === 'unavailable' && { 'retry-after': '1' }),
    ...(problem.code === 'unauthorized' && { 'www-authenticate': 'Bearer realm="nats-fs-sync"' }),
  });
}

export function answerThrown(error: Error, c: Context<ApiEnv>): Response {
  if (error instanceof ApiProblem) return sendProblem(c, error);
  if (error instanceof InvalidValueError) return sendProblem(c, new ApiProblem('invalid-value', error.message));
  // Bodies that are no JSON, and the like, as the router tells them.
  if (error instanceof HTTPException && error.status < 500) return sendProblem(c, ofRouter(error));
  if (error instanceof StoreFullError) {
    const next = 'Nothing was done. Make room, or ask again when there is some.';
    return sendProblem(c, new ApiProblem('store-full', error.message, { next }));
  }
  if (error instanceof StoreUnavailableError) {
    return sendProblem(c, new ApiProblem('unavailable', error.message, { next: afterUnknown(c.req.method) }));
  }
  // Nobody is there to be answered: who sent a body, or waited, has gone.
  if (c.req.raw.signal.aborted) return sendProblem(c, new ApiProblem('request-timeout', 'The request was cut off.'));
  const number = randomUUID().slice(0, 8);
  c.get('services').log?.error({ err: error, path: c.req.path, number }, 'an API request failed');
  return sendProblem(c, new ApiProblem('fault', `This is a fault of the server; its log tells more under ${number}.`));
}

/** What makes something anew each time, such as a token or a link, would make two; what names what it changes can be said again. */
function afterUnknown(method: string): string {
  if (method === 'GET' || method === 'HEAD') return 'Ask again in a moment.';
  if (method !== 'POST') return 'Whether it was done is not known. Ask again in a moment.';
  return 'Whether it was done is not known. Look whether what it makes is there before you ask again: it may be made twice.';
}

function ofRouter({ status, message }: HTTPException): ApiProblem {
  switch (status) {
    case 413:
      return new ApiProblem('too-large', message);
    case 415:
      return new ApiProblem('unsupported-media-type', message);
    default:
      return new ApiProblem('bad-request', message);
  }
}

/** The first rule that is broken. @param where  `query`, `body`, `path` or `header` */
export function invalidValue(where: string, error: ZodError): ApiProblem {
  const [issue, ...others] = error.issues;
  const field = [where, ...(issue?.path ?? [])].map(String).join('.');
  // A rule over all of it may be broken only because the first is.
  const count = others.filter(({ code }) => code !== 'custom').length;
  const more = count > 0 ? ` (and ${count} more)` : '';
  return new ApiProblem('invalid-value', `${field}: ${issue?.message ?? 'is not valid'}${more}`, { field });
}
