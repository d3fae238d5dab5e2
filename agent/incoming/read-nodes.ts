// Reads the new nodes of a tree whose changes were noted without it, when there is time: this node's own next commit builds
// on them, and should find them in the cache.
import { diffTrees } from '../../core/manifest/diff.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { Site } from '../site.ts';

/** Far longer than a small commit takes to come to disk: what is urgent goes first. */
const LATER_MS = 100;

/** Never throws: it is only a saving. While commits follow each other, only the last one's nodes are read. */
export async function readNodesLater(site: Site, base: Sha, manifest: Sha): Promise<void> {
  const { clock, signal, state, stores } = site;
  try {
    await clock.sleep(LATER_MS, signal);
    if (state.base?.manifestSha !== manifest) return;
    for await (const _ of diffTrees(stores.nodes, base, manifest)) if (signal.aborted) return;
  } catch {
    // Whoever needs them reads them.
  }
}
