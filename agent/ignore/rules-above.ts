// A workspace of a sub-path has no disk above its root, so the project's `.fsignore` files there are read from the
// manifest, each time that `current` moved: one look-up a directory, in nodes that are cached.
import { getEntry } from '../../core/manifest/get.ts';
import { type Entry, isFile } from '../../core/model/entry.ts';
import { type Sha, shaOf } from '../../core/model/ids.ts';
import { ancestorsOf, type RelPath } from '../../core/model/rel-path.ts';
import { readObject } from '../../core/store/object-store.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../../core/store/store-errors.ts';
import { childOf } from '../disk/disk-path.ts';
import type { Site } from '../site.ts';
import { MAX_RULES_BYTES, RULES_FILE } from './parse-rules.ts';
import { saveRules } from './read-rules.ts';

/** @throws StoreUnavailableError */
export async function readRulesAbove(site: Site, manifest: Sha): Promise<void> {
  const { prefix, stores, ignores } = site;
  if (prefix === undefined) return;
  let changed = false;
  for (const dir of ['' as const, ...ancestorsOf(prefix)]) {
    const entry = await getEntry(stores.nodes, manifest, childOf(dir, RULES_FILE));
    const text = await textOf(site, entry, dir);
    changed = ignores.set(dir, text) || changed;
  }
  if (!changed) return;
  saveRules(site);
  site.rulesChanged('');
}

async function textOf(
  { ignores, contents, log }: Site,
  entry: Entry | undefined,
  dir: RelPath | '',
): Promise<string | undefined> {
  if (!entry || !isFile(entry) || entry.size > MAX_RULES_BYTES) return undefined;
  const known = ignores.textOf(dir);
  if (known !== undefined && shaOf(known) === entry.sha) return known;
  try {
    return Buffer.from(await readObject(contents, entry.sha)).toString('utf8');
  } catch (error) {
    // While cold is away: rules that nobody knows yet are waited for.
    const isAway = error instanceof StoreUnavailableError && error.tier === 'cold' && known !== undefined;
    if (!(isAway || error instanceof ObjectAbsentError || error instanceof ObjectCorruptError)) throw error;
    // Rules that cannot be read stay as they were known: a rule that seems gone would bring in what it left out.
    log.warn({ error, path: entry.path }, 'rules above the workspace cannot be read');
    return known;
  }
}
