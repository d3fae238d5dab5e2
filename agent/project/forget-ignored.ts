// `fs-sync project forget-ignored`: takes off a project what its rules leave alone. A rule that comes after a file leads to
// no deletion by itself: the project keeps its version, and no node follows it any more. Here a person says that it can go.
// As nodes leave ignored paths alone, what lies on their disks stays there; what the project had stays in its history.
import { commit } from '../../core/commit/commit.ts';
import { readCurrent } from '../../core/commit/current.ts';
import type { PathOp } from '../../core/commit/path-op.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import type { Actor } from '../../core/model/commit.ts';
import { type Entry, isFile } from '../../core/model/entry.ts';
import { InvalidValueError, type ProjectName, type Sha } from '../../core/model/ids.ts';
import { baseName, parentOf } from '../../core/model/rel-path.ts';
import { readObject } from '../../core/store/object-store.ts';
import { seenIn } from '../../core/sync/plan.ts';
import { IgnoreRules } from '../ignore/ignore-rules.ts';
import { MAX_RULES_BYTES, RULES_FILE } from '../ignore/parse-rules.ts';
import { missingProject } from '../job/find-commit.ts';
import type { TenantStores } from '../job/with-stores.ts';

export interface Forgotten {
  /** what was ignored, in path order */
  readonly entries: readonly Entry[];
  /** undefined: nothing was committed */
  readonly commitSha: Sha | undefined;
}

/** How often it begins anew because somebody has committed meanwhile. */
const TRIES = 5;

type Io = Pick<TenantStores, 'stores' | 'contents'>;

/** One commit, of exactly what the rules of the project as it is current say.
 *  @param dryRun  finds, and changes nothing
 *  @throws InvalidValueError  there is no such project, or it changes all the time; StoreUnavailableError, ObjectAbsentError */
export async function forgetIgnored(
  io: Io,
  project: ProjectName,
  { actor, dryRun }: { readonly actor: Actor; readonly dryRun: boolean },
): Promise<Forgotten> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const at = await readCurrent(io.stores.index, project);
    if (!at) throw missingProject(project);
    const entries = await ignoredIn(io, at.current.manifest_sha);
    if (dryRun || entries.length === 0) return { entries, commitSha: undefined };
    const ops = entries.map((entry): PathOp => ({ kind: 'delete', path: entry.path, seen: seenIn(entry) }));
    const request = { project, ops, actor, message: 'forget ignored', ifMatch: at.current.commit_sha };
    const result = await commit(io.stores, request);
    if (result.kind === 'committed') return { entries, commitSha: result.commitSha };
    if (result.kind === 'unchanged') return { entries, commitSha: undefined };
  }
  throw new InvalidValueError(`${project} changes all the time, so nothing was taken off it: try again in a moment`);
}

/** What no workspace of the whole project follows. */
async function ignoredIn(io: Io, manifest: Sha): Promise<Entry[]> {
  const rules = await rulesOf(io, manifest);
  const ignored: Entry[] = [];
  for await (const entry of walkTree(io.stores.nodes, manifest)) {
    if (rules.ignores(entry.path, !isFile(entry))) ignored.push(entry);
  }
  return ignored;
}

/** A rule holds for what comes before its file, too: all are read first. */
async function rulesOf({ stores, contents }: Io, manifest: Sha): Promise<IgnoreRules> {
  const rules = new IgnoreRules();
  for await (const entry of walkTree(stores.nodes, manifest)) {
    if (!isFile(entry) || baseName(entry.path) !== RULES_FILE || entry.size > MAX_RULES_BYTES) continue;
    const text = Buffer.from(await readObject(contents.objects, entry.sha)).toString('utf8');
    rules.set(parentOf(entry.path) ?? '', text);
  }
  return rules;
}
