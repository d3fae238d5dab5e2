// Finds the commit that a person names, through a server: all of its sha, or its beginning where that is one commit of the history.
import { commitPageSchema } from '../../core/api/commit.ts';
import { type ProjectName, parseSha, type Sha } from '../../core/model/ids.ts';
import { checkNamed, onlyCommit } from '../job/find-commit.ts';
import type { ApiClient } from './api-client.ts';

/** Whether a whole sha is one of the project's is for the server to say, when it is asked about it.
 *  @throws InvalidValueError  it is none, or the beginning of several; and what `ApiClient.json` throws */
export async function remoteCommit(client: ApiClient, project: ProjectName, named: string): Promise<Sha> {
  checkNamed(project, named);
  if (named.length === 64) return parseSha(named);
  const found: Sha[] = [];
  for await (const commits of client.pages(commitPageSchema, `/projects/${project}/commits`)) {
    for (const { commit } of commits) if (commit.startsWith(named)) found.push(commit);
  }
  return onlyCommit(project, named, found, (sha) => sha);
}

/** For `--if-match`: what has to be current. @throws as `remoteCommit` */
export const expectedCommit = async (
  client: ApiClient,
  project: ProjectName,
  named: string | undefined,
): Promise<Sha | undefined> => (named === undefined ? undefined : remoteCommit(client, project, named));
