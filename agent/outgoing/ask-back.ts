// A person wants the project's version of a path back: its row goes, so that what is missing or different here is nothing
// that this node did, and the version is to come to disk like any other.
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Site } from '../site.ts';
import { ASKED_FOR } from '../state/behind-list.ts';

/** Call it in a transaction. A version that is to come already stays as it is noted; where none comes unasked, it is
 *  asked for. */
export function askBack({ state, clock, mode }: Pick<Site, 'state' | 'clock' | 'mode'>, path: RelPath): void {
  const row = state.rows.at(path);
  if (!row) return;
  state.rows.drop(path);
  const noted = state.behind.at(path);
  if (noted && mode !== 'send') return;
  const { entry } = noted ?? row;
  state.behind.put({ path, entry, revision: ASKED_FOR, since: clock.now() });
}
