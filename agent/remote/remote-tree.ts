// What a project has at a path, and below it, as its server lists it: a directory at a time, in pages.
import { type ApiTreeRow, treePageSchema } from '../../core/api/tree.ts';
import { InvalidValueError, type ProjectName, quote } from '../../core/model/ids.ts';
import { parentOf, type RelPath } from '../../core/model/rel-path.ts';
import type { ApiClient } from './api-client.ts';
import { ApiRefusedError, StrangeServerError } from './api-errors.ts';
import { type FileFacts, factsOf } from './remote-file.ts';

export type Found =
  | { readonly kind: 'file'; readonly path: RelPath; readonly facts: FileFacts }
  | { readonly kind: 'dir'; readonly path: RelPath | '' };

/** @throws InvalidValueError  there is nothing at the path; ApiRefusedError `no-project` */
export async function findAt(client: ApiClient, project: ProjectName, path: RelPath | ''): Promise<Found> {
  const found = await lookAt(client, project, path);
  if (found) return found;
  throw new InvalidValueError(
    `${project} has nothing at ${quote(path)}: npx fs-sync ls ${project} lists what there is`,
  );
}

/** @returns undefined: nothing @throws ApiRefusedError `no-project` */
export async function lookAt(client: ApiClient, project: ProjectName, path: RelPath | ''): Promise<Found | undefined> {
  if (path === '') return { kind: 'dir', path };
  try {
    return { kind: 'file', path, facts: await factsOf(client, { project, path, commit: undefined }) };
  } catch (error) {
    if (!(error instanceof ApiRefusedError) || error.problem.code !== 'no-file') throw error;
  }
  const { items } = await client.json(treePageSchema, 'GET', `/projects/${project}/tree`, {
    query: { prefix: path, limit: 1 },
  });
  return items.length > 0 || (await isEmptyDirectory(client, project, path)) ? { kind: 'dir', path } : undefined;
}

/** It is a row of the one above it, and has none itself. */
async function isEmptyDirectory(client: ApiClient, project: ProjectName, path: RelPath): Promise<boolean> {
  const above = path.slice(0, Math.max(0, path.lastIndexOf('/'))) as RelPath | '';
  for await (const row of listAt(client, project, above)) if (row.path === path) return true;
  return false;
}

/** The rows of one directory, in the order of their paths. What is not directly in it is no row of it, whatever the server says:
 *  where a row is written to follows from its path (I11).
 *  @throws StrangeServerError */
export async function* listAt(
  client: ApiClient,
  project: ProjectName,
  prefix: RelPath | '',
): AsyncGenerator<ApiTreeRow> {
  for await (const rows of client.pages(treePageSchema, `/projects/${project}/tree`, { prefix })) {
    for (const row of rows) {
      if ((parentOf(row.path) ?? '') !== prefix)
        throw new StrangeServerError(
          `the server lists ${quote(row.path)} as directly in ${quote(prefix)}, where it is not`,
        );
      yield row;
    }
  }
}

/** The same with all that is below it; a directory comes before what is in it. */
export async function* walkAt(
  client: ApiClient,
  project: ProjectName,
  prefix: RelPath | '',
): AsyncGenerator<ApiTreeRow> {
  for await (const row of listAt(client, project, prefix)) {
    yield row;
    // One without files may have empty directories in it.
    if (row.kind === 'dir') yield* walkAt(client, project, row.path);
  }
}
