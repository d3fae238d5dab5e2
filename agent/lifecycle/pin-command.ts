// `fs-sync pin` and `unpin`: what never leaves hot storage.
import { readCurrent } from '../../core/commit/current.ts';
import { kindAt } from '../../core/manifest/kind-at.ts';
import { unreachable } from '../../core/model/assert.ts';
import { InvalidValueError, type ProjectName, parseProjectName } from '../../core/model/ids.ts';
import { MAX_PINS } from '../../core/model/pin.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Env } from '../../core/settings/env.ts';
import { pin, unpin } from '../../core/tier/pins.ts';
import { missingProject } from '../job/find-commit.ts';
import { parsePart, readConnectSettings } from '../job/job-settings.ts';
import { thisPerson } from '../job/person.ts';
import { withStores } from '../job/with-stores.ts';
import { shown } from '../subscribe/watch-command.ts';

export type PinHow = 'pin' | 'unpin';

/** @param path  a file, or a directory with all below it; undefined: the whole project
 *  @returns what to print */
export async function pinCommand(
  how: PinHow,
  name: string,
  path: string | undefined,
  args: { readonly json?: boolean } = {},
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  const at = path === undefined ? '' : parsePart(path);
  return withStores(readConnectSettings(env), 'pin', async ({ stores, onRecord }) => {
    const now = await readCurrent(stores.index, project);
    if (!now) throw missingProject(project);
    const outcome = await onRecord(`project.${how}`, { project, path: at }, () =>
      how === 'pin' ? pin(stores, project, [at], thisPerson()) : unpin(stores, project, [at]),
    );
    if (args.json && outcome !== 'not-pinned' && outcome !== 'too-many') {
      return JSON.stringify({ project, path: at, pinned: outcome !== 'unpinned' });
    }
    const isThere = at === '' || (await kindAt(stores.nodes, now.current.manifest_sha, at)) !== 'nothing';
    return pinText(outcome, project, at, isThere);
  });
}

/** @param isThere  whether the project has something at the path
 *  @throws InvalidValueError  nothing was done */
export function pinText(
  outcome: 'pinned' | 'pinned-before' | 'unpinned' | 'not-pinned' | 'too-many',
  project: ProjectName,
  at: RelPath | '',
  isThere: boolean,
): string {
  const what = at === '' ? project : `${shown(at)} of ${project}`;
  switch (outcome) {
    case 'pinned':
      return isThere
        ? `Pinned ${what}: it stays in hot storage.`
        : `Pinned ${what}, where nothing is yet: what comes there stays in hot storage. If it was mistyped: npx fs-sync unpin ${project} ${at}`;
    case 'pinned-before':
      return `${what} was pinned before.`;
    case 'unpinned':
      return `${what} is not pinned any more: it may leave hot storage.`;
    case 'not-pinned':
      throw new InvalidValueError(
        `${what} is not pinned by itself; a directory above it may be: the project’s Manage page lists its pins`,
      );
    case 'too-many':
      throw new InvalidValueError(`${project} has ${MAX_PINS} pins, which is the most: pin a directory above them`);
    default:
      return unreachable(outcome);
  }
}
