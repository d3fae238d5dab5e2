// Which project a reader worked in last, in a cookie of this browser: Files without a project in the address opens that one.
// And the menu that leads from the files of one project to those of another.
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { Icon } from '../components/icon.tsx';
import { type ProjectName, projectNameSchema } from '../core/model/ids.ts';
import type { AppEnv } from './context.ts';
import { isHttps } from './security.ts';
import { projectUrl } from './url.ts';

const COOKIE = 'fs_project';
const ONE_YEAR_S = 365 * 24 * 60 * 60;

export const lastProjectOf = (c: Context<AppEnv>): ProjectName | undefined =>
  projectNameSchema.safeParse(getCookie(c, COOKIE)).data;

/** Only a page that was shown counts: no stream, no download, no project that is not there. */
export const rememberProject: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  const isPage = c.req.method === 'GET' && c.res.headers.get('content-type')?.startsWith('text/html');
  const project = projectNameSchema.safeParse(c.req.param('project')).data;
  if (!isPage || c.res.status !== 200 || project === undefined || project === lastProjectOf(c)) return;
  setCookie(c, COOKIE, project, {
    path: '/',
    maxAge: ONE_YEAR_S,
    sameSite: 'Strict',
    httpOnly: true,
    secure: isHttps(c),
  });
};

/** Nothing, where there is no other project. */
export function ProjectSwitcher({ here, names }: { here: ProjectName; names: readonly ProjectName[] }) {
  if (!names.some((name) => name !== here)) return null;
  return (
    <details class="switcher">
      <summary class="icon-button" aria-label="Open another project" title="Open another project">
        <Icon name="chevron-down" />
      </summary>
      <nav class="menu-body" aria-label="Projects">
        {names.toSorted().map((name) => (
          <a class="menu-item" href={projectUrl(name)} aria-current={name === here ? 'true' : undefined}>
            <Icon name={name === here ? 'check' : 'folder'} />
            {name}
          </a>
        ))}
      </nav>
    </details>
  );
}
