// Who asks: a bearer token, as RFC 6750 has it. An operation says which scope it needs. Of what is of one project, a token for
// other projects finds nothing; what is of all is refused to it, unless the operation itself keeps to the token's projects.
import type { Context, MiddlewareHandler } from 'hono';
import type { RateLimit } from '../../app/rate-limit.ts';
import { remoteAddress } from '../../app/remote-address.ts';
import { mayDo, maySee, type Principal, type TokenScope } from '../../core/model/api-token.ts';
import { assert } from '../../core/model/assert.ts';
import type { Actor } from '../../core/model/commit.ts';
import type { ProjectName } from '../../core/model/ids.ts';
import { shownBy } from '../bearer.ts';
import type { ApiEnv } from './api-env.ts';
import { ApiProblem, noProject } from './problem.ts';

/** @param guesses  wrong tokens, counted with those that are shown elsewhere */
export const readToken =
  (guesses: RateLimit): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    c.set('shown', await shownBy(c, c.get('services'), guesses));
    return next();
  };

export const requireToken: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const shown = c.get('shown');
  switch (shown.kind) {
    case 'known':
      c.set('principal', shown.principal);
      return next();
    case 'nothing': {
      const next_ = 'Send it as "Authorization: Bearer <token>"; Settings in the browser makes one.';
      throw new ApiProblem('unauthorized', 'The request shows no token.', { next: next_ });
    }
    case 'stranger':
      throw new ApiProblem('unauthorized', 'The token is none of this server: it may have expired, or was revoked.');
    case 'too-many': {
      const seconds = Math.ceil(shown.waitMs / 1_000);
      c.header('retry-after', String(seconds));
      const from = remoteAddress(c);
      throw new ApiProblem('rate-limited', `Too many wrong tokens came from ${from}: try again in ${seconds} s.`);
    }
  }
};

/** @param what  `one`: of the project in its path; `own`: it keeps to the token's projects itself */
export const requireScope =
  (needed: TokenScope, what: 'one' | 'own' | 'all'): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const principal = c.get('principal');
    const { scope, projects } = principal;
    if (what === 'one') {
      const project = c.req.param('project');
      assert(project !== undefined, `the path of ${c.req.method} ${c.req.path} names its project`);
      if (!maySee(principal, project as ProjectName)) throw noProject(project);
    }
    if (!mayDo(scope, needed)) {
      throw new ApiProblem('scope-missing', `This needs a token of scope ${needed}; this one has ${scope}.`);
    }
    if (what === 'all' && projects !== 'all') {
      const detail = `This is of all projects; the token is for ${projects.join(', ')} only.`;
      throw new ApiProblem('scope-missing', detail, { next: 'Use a token that is for all projects.' });
    }
    return next();
  };

/** Whether the token of the request is for this project. */
export const seesProject = (c: Context<ApiEnv>, project: ProjectName): boolean => maySee(c.get('principal'), project);

/** Of lists that can be narrowed to a project: a token for some projects has to name one of them.
 *  @param field  where it is named */
export function requireOwn(c: Context<ApiEnv>, project: ProjectName | undefined, field: string): void {
  const { projects } = c.get('principal');
  if (projects === 'all') return;
  const next = `Give one of them as ${field}.`;
  const only = projects.join(', ');
  if (project === undefined) throw new ApiProblem('scope-missing', `The token is for ${only} only.`, { field, next });
  if (!seesProject(c, project)) throw noProject(project, field);
}

export const principalOf = (c: Context<ApiEnv>): Principal => c.get('principal');

/** Whoever asks, as commands, commits and the audit log name them: a token is no person. */
export const actorOf = (c: Context<ApiEnv>): Actor => c.get('principal').actor;
