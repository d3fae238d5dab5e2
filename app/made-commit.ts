// The commit that a form made, carried by the address to the page that is shown next: there a link leads to it.
import type { Context } from 'hono';
import { type ProjectName, type Sha, shaSchema } from '../core/model/ids.ts';
import type { AppEnv } from './context.ts';
import type { Link } from './said.tsx';
import { commitUrl, withQuery } from './url.ts';

export const withCommit = (address: string, commit: Sha | undefined): string => withQuery(address, { made: commit });

export const commitLink = (project: ProjectName, commit: Sha): Link => ({
  href: commitUrl(project, commit),
  word: 'Open the commit',
});

/** @returns undefined: the address tells of none */
export function madeIn(c: Context<AppEnv>, project: ProjectName): Link {
  const made = shaSchema.safeParse(c.req.query('made'));
  return made.success ? commitLink(project, made.data) : undefined;
}
