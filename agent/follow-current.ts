// Follows `current`, the truth (I2), for as long as the workspace is open: what it says goes to who brings it to disk, and a
// project that is missing, deleted or not readable is told as a trouble. A watch that fails is begun again, with backoff.
import { watchCurrent } from '../core/commit/current.ts';
import { newNameOf } from '../core/commit/new-name.ts';
import type { CurrentAt } from '../core/model/commit.ts';
import { ProjectMissingError } from './outgoing/committer.ts';
import type { Site } from './site.ts';

const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 10_000;

export interface FollowPeers {
  moved(at: CurrentAt): void;
  /** What comes next may be older than what came before (I12). */
  lineBroke(): void;
  /** Says it as a trouble. Throws on what is no failure of the world. */
  failed(error: unknown, retryInMs: number): void;
}

export async function followCurrent(site: Site, peers: FollowPeers): Promise<void> {
  let failures = 0;
  while (!site.signal.aborted) {
    try {
      await followOnce(site, peers, () => {
        failures = 0;
      });
    } catch (error) {
      if (site.signal.aborted) return;
      // Not only a connection that is lost: a stream may be restored behind one that stays.
      peers.lineBroke();
      const retryInMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** failures++);
      peers.failed(error, retryInMs);
      await site.clock.sleep(retryInMs, site.signal).catch(() => {});
    }
  }
}

async function followOnce(site: Site, peers: FollowPeers, heard: () => void): Promise<void> {
  const { troubles, project } = site;
  let found = false;
  for await (const change of watchCurrent(site.stores.index, project, { signal: site.signal })) {
    heard();
    troubles.clear('storage');
    if (change.kind === 'moved') {
      found = true;
      troubles.clear('project');
      site.heard.note(change.at);
      peers.moved(change.at);
    } else if (change.kind === 'unreadable') {
      const what = `${change.key} is not readable by this version: update the agent, or repair the project.`;
      troubles.set('project', what);
    } else if (change.kind === 'deleted') {
      peers.lineBroke();
      troubles.set('project', await whereItWent(site, `The project ${project} was deleted. The files here are kept.`));
    } else if (!found) {
      troubles.set('project', await whereItWent(site, new ProjectMissingError(project).message));
    }
  }
}

/** @param otherwise  what is said of a project that was not renamed */
async function whereItWent({ stores, project, root }: Site, otherwise: string): Promise<string> {
  const name = await newNameOf(stores.index, project);
  if (name === undefined) return otherwise;
  return (
    `The project ${project} was renamed to ${name}. An assignment follows by itself; where this node's own configuration ` +
    `names it, start the agent with --workspace ${name}=${root}. The files here are kept and go on as ${name}.`
  );
}
