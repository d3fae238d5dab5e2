// Addresses of the pages. All state of a screen is in its address, so that a link shows a colleague the same thing;
// every value passes through URLSearchParams, so no name can leave its place.
import type { NodeId, ProjectName, Sha } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';

type Value = string | number | undefined;
export type Query = Readonly<Record<string, Value | readonly string[]>>;

/** Empty and undefined values are left out; a list repeats its key.
 *  @param path  may have a query already */
export function withQuery(path: string, query: Query): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (typeof value === 'object') for (const item of value) params.append(key, item);
    else if (value !== undefined && value !== '') params.append(key, String(value));
  }
  const text = params.toString();
  return text === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${text}`;
}

/** Which pages of a directory are shown. */
export interface Span {
  /** where the first of them begins; absent: at the start */
  readonly cursor?: string | undefined;
  /** absent: one */
  readonly pages?: number | undefined;
  /** rows before them that were shown once and keep their room; absent: none */
  readonly before?: number | undefined;
}

/** An expanded folder of the tree; it pages on its own. */
export interface OpenFolder extends Span {
  readonly path: RelPath;
}

export interface TreeState extends Span {
  readonly project: ProjectName;
  readonly prefix: RelPath | '';
  /** what is searched for in all paths of the project; absent: the tree is shown */
  readonly q?: string | undefined;
  /** `size`, `-modified`…; absent: by name */
  readonly sort?: string | undefined;
  readonly open: readonly OpenFolder[];
}

/** Cursors have no dots in them. */
export const spanParam = ({ cursor, pages = 1, before = 0 }: Span): string | undefined =>
  pages === 1 && before === 0 ? cursor : `${cursor ?? ''}.${pages}.${before}`;

/** Two slashes never meet inside a path, so they part it from its pages. */
export function openParam(folder: OpenFolder): string {
  const span = spanParam(folder);
  return span === undefined ? folder.path : `${folder.path}//${span}`;
}

const stateParams = (tree: TreeState) => ({
  q: tree.q,
  sort: tree.sort,
  cursor: spanParam(tree),
  open: tree.open.map(openParam),
});

export const filesUrl = (tree: TreeState): string =>
  withQuery(`/p/${tree.project}/files`, { path: tree.prefix, ...stateParams(tree) });

/** Where a project's name leads, on every page. */
export const projectUrl = (project: ProjectName): string => filesUrl({ project, prefix: '', open: [] });

/** A file's detail beside the tree as it is now. @param commit  shows the file as it was then */
export const fileUrl = (tree: TreeState, path: RelPath, commit?: Sha): string =>
  withQuery(`/p/${tree.project}/file`, {
    path,
    commit,
    in: tree.prefix === '' ? '.' : tree.prefix,
    ...stateParams(tree),
  });

/** Where new files and folders of a directory are brought. */
export const addUrl = (project: ProjectName, prefix: RelPath | ''): string =>
  withQuery(`/p/${project}/add`, { path: prefix });

export const plainFileUrl = (project: ProjectName, path: RelPath): string => withQuery(`/p/${project}/file`, { path });

/** @param commit  absent: what the file is now */
export const downloadUrl = (project: ProjectName, path: RelPath, commit?: Sha): string =>
  withQuery(`/p/${project}/download`, { path, commit });

/** `sha` makes the address name these bytes, so that a browser may keep them. */
export const previewUrl = (project: ProjectName, path: RelPath, sha: Sha, commit?: Sha): string =>
  withQuery(`/p/${project}/preview`, { path, sha, commit });

/** All of a file as plain text. */
export const textUrl = (project: ProjectName, path: RelPath, commit?: Sha): string =>
  withQuery(`/p/${project}/text`, { path, commit });

/** A project's commits, or those that changed one path. */
export const historyUrl = (project: ProjectName, query: { path?: RelPath; from?: Sha } = {}): string =>
  withQuery(`/p/${project}/history`, query);

export const commitUrl = (project: ProjectName, sha: Sha, query: Query = {}): string =>
  withQuery(`/p/${project}/history/${sha}`, query);

export const diffUrl = (
  project: ProjectName,
  { from, to }: { readonly from: Sha; readonly to: Sha },
  query: { path?: RelPath; after?: RelPath } = {},
): string => withQuery(`/p/${project}/diff`, { from, to, ...query });

export const restoreUrl = (project: ProjectName, to: Sha, path?: RelPath | ''): string =>
  withQuery(`/p/${project}/restore`, { to, path });

export const nodeUrl = (node: NodeId, query: Query = {}): string => withQuery(`/nodes/${node}`, query);

export const manageUrl = (project: ProjectName, query: Query = {}): string => withQuery(`/p/${project}/manage`, query);

export const policyUrl = (project: ProjectName): string => `/settings/policies/${project}`;

/** Why it is not in sync. @param below  a part of the page, such as `/diagnostics` */
export const whyUrl = (project: ProjectName, query: Query = {}, below = ''): string =>
  withQuery(`/p/${project}/why${below}`, query);

/** The form that makes a link to a file or a directory. @param path  '' for the whole project */
export const shareUrl = (project: ProjectName, path: RelPath | '', commit?: Sha): string =>
  withQuery(`/p/${project}/share`, { path, commit });

export const sharePageUrl = (id: string): string => `/shares/${encodeURIComponent(id)}`;
export const sharesUrl = (query: Query = {}): string => withQuery('/shares', query);

export const tokenUrl = (id: string): string => `/settings/tokens/${encodeURIComponent(id)}`;
export const tokensUrl = (query: Query = {}): string => withQuery('/settings/tokens', query);
export const webhookUrl = (id: string): string => `/settings/webhooks/${encodeURIComponent(id)}`;
export const webhooksUrl = (): string => '/settings/webhooks';

export const jobsUrl = (query: Query = {}): string => withQuery('/jobs', query);
export const jobUrl = (id: string, query: Query = {}): string => withQuery(`/jobs/${encodeURIComponent(id)}`, query);

export const metricsUrl = (query: Query = {}): string => withQuery('/metrics-view', query);

/** Events of a moment, milliseconds since 1970. */
export const eventsAtUrl = (at: number): string => withQuery('/metrics-view/events', { at });

/** Where to go after signing in: only ever a place on this server. */
export function localPath(value: string | undefined): string {
  if (value === undefined || !/^\/(?![/\\])/.test(value)) return '/projects';
  try {
    const url = new URL(value, 'http://localhost');
    return url.host === 'localhost' && url.protocol === 'http:' ? `${url.pathname}${url.search}` : '/projects';
  } catch {
    return '/projects';
  }
}

/** What the HTTP API says of itself, as a page. */
export const API_DOCS_URL = '/api/v1/docs';
