// `fs-sync pin` and `unpin`: what never leaves hot storage.
import { readCurrent } from '../../core/commit/current.ts';
import { InvalidValueError, parseProjectName } from '../../core/model/ids.ts';
import { MAX_PINS } from '../../core/model/pin.ts';
import { parseRelPath } from '../../core/model/rel-path.ts';
import type { Env } from '../../core/settings/env.ts';
import { pin, unpin } from '../../core/tier/pins.ts';
import { missingProject } from '../job/find-commit.ts';
import { readConnectSettings } from '../job/job-settings.ts';
import { thisPerson } from '../job/person.ts';
import { withStores } from '../job/with-stores.ts';

/** @param path  a file, or a directory with all below it; undefined: the whole project
 *  @returns what to print */
export async function pinCommand(
  how: 'pin' | 'unpin',
  name: string,
  path: string | undefined,
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  const at = path === undefined ? '' : parseRelPath(path);
  const what = at === '' ? project : `${at} of ${project}`;
  return withStores(readConnectSettings(env), 'pin', async ({ stores }) => {
    if (!(await readCurrent(stores.index, project))) throw missingProject(project);
    const outcome = how === 'pin' ? await pin(stores, project, at, thisPerson()) : await unpin(stores, project, at);
    switch (outcome) {
      case 'pinned':
        return `Pinned ${what}: it stays in hot storage.`;
      case 'pinned-before':
        return `${what} was pinned before.`;
      case 'unpinned':
        return `${what} is not pinned any more: it may leave hot storage.`;
      case 'not-pinned':
        throw new InvalidValueError(`${what} is not pinned by itself; a directory above it may be`);
      case 'too-many':
        throw new InvalidValueError(`${project} has ${MAX_PINS} pins, which is the most: pin a directory above them`);
    }
  });
}
