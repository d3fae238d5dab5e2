// A workspace of a sub-path has no disk above its root, so the project's `.fsignore` files there are read from the
// manifest, each time that `current` moved: one look-up a directory, in nodes that are cached. They may name anything here,
// so nothing is decided without them: until all were read nothing is committed and nothing comes to disk.
import { getEntry } from '../../core/manifest/get.ts';
import { type Entry, isFile } from '../../core/model/entry.ts';
import { type Sha, shaOf } from '../../core/model/ids.ts';
import { ancestorsOf, type RelPath } from '../../core/model/rel-path.ts';
import { readObject } from '../../core/store/object-store.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../../core/store/store-errors.ts';
import { childOf } from '../disk/disk-path.ts';
import type { Site } from '../site.ts';
import { MAX_RULES_BYTES, RULES_FILE } from './parse-rules.ts';
import { awaitRules, saveRules } from './read-rules.ts';

/** No tier gives the rules now; its message says what may be done. */
export class RulesAwaitedError extends Error {
  override name = 'RulesAwaitedError';
}

/** @throws RulesAwaitedError, StoreUnavailableError  and then the workspace waits for the rules, also after a restart */
export async function readRulesAbove(site: Site, manifest: Sha): Promise<void> {
  const { prefix, stores, ignores, troubles } = site;
  if (prefix === undefined) return;
  const texts = new Map<RelPath | '', string | undefined>();
  for (const dir of ['' as const, ...ancestorsOf(prefix)]) {
    const path = childOf(dir, RULES_FILE);
    try {
      texts.set(dir, await textOf(site, await getEntry(stores.nodes, manifest, path), dir));
    } catch (error) {
      awaitRules(site, path);
      throw error;
    }
  }
  const changes = [...texts].map(([dir, text]) => ignores.set(dir, text));
  awaitRules(site, undefined);
  troubles.clear('rules');
  if (!changes.includes(true)) return;
  saveRules(site);
  site.rulesChanged('');
}

async function textOf(
  { ignores, contents, project }: Site,
  entry: Entry | undefined,
  dir: RelPath | '',
): Promise<string | undefined> {
  if (!entry || !isFile(entry) || entry.size > MAX_RULES_BYTES) return undefined;
  const known = ignores.textOf(dir);
  if (known !== undefined && shaOf(known) === entry.sha) return known;
  try {
    return Buffer.from(await readObject(contents, entry.sha)).toString('utf8');
  } catch (error) {
    const why = whyAwaited(error);
    if (why === undefined) throw error;
    const repair = `run npx fs-sync repair ${project}, or write the file anew`;
    const next = error instanceof StoreUnavailableError ? 'It is asked again by itself' : `To get them, ${repair}`;
    throw new RulesAwaitedError(
      `This workspace waits for the rules of ${entry.path}, ${why}: nothing is committed and nothing comes until they are read. ${next}.`,
      { cause: error },
    );
  }
}

/** @returns undefined where it is no matter of this one file */
function whyAwaited(error: unknown): string | undefined {
  if (error instanceof ObjectAbsentError) return 'which no tier has now';
  if (error instanceof ObjectCorruptError) return `whose copy in ${error.tier} storage is damaged`;
  if (!(error instanceof StoreUnavailableError) || error.tier !== 'cold') return undefined;
  return `which hot storage does not have, and cold storage does not answer (${error.detail})`;
}
