// `fs-sync project forget-ignored`: takes off a project what its rules leave alone. A rule that comes after a file leads to
// no deletion by itself: the project keeps its version, and no node follows it any more. Here a person says that it can go.
// As nodes leave ignored paths alone, what lies on their disks stays there; what the project had stays in its history. A
// workspace whose root lies inside an ignored directory follows what is in it: for that one a deletion would be like any
// other, so what it holds stays in the project.
import { commit } from '../../core/commit/commit.ts';
import { readCurrent } from '../../core/commit/current.ts';
import type { PathOp } from '../../core/commit/path-op.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import type { Actor } from '../../core/model/commit.ts';
import { type Entry, isFile } from '../../core/model/entry.ts';
import { InvalidValueError, type NodeId, type ProjectName, type Sha } from '../../core/model/ids.ts';
import { baseName, isUnder, parentOf, type RelPath } from '../../core/model/rel-path.ts';
import { partsHeld } from '../../core/node/parts-held.ts';
import { readObject } from '../../core/store/object-store.ts';
import { seenIn } from '../../core/sync/plan.ts';
import { IgnoreRules } from '../ignore/ignore-rules.ts';
import { MAX_RULES_BYTES, RULES_FILE } from '../ignore/parse-rules.ts';
import { missingProject } from '../job/find-commit.ts';
import type { TenantStores } from '../job/with-stores.ts';

export interface Forgotten {
  /** what no workspace follows, in path order */
  readonly entries: readonly Entry[];
  /** what stays for workspaces inside ignored directories */
  readonly followed: readonly Followed[];
  /** undefined: nothing was committed */
  readonly commitSha: Sha | undefined;
}

/** What a workspace follows of what others ignore. */
export interface Followed {
  readonly prefix: RelPath;
  readonly nodes: readonly NodeId[];
  readonly paths: number;
}

/** How often it begins anew because somebody has committed meanwhile. */
const TRIES = 5;

type Io = Pick<TenantStores, 'stores' | 'contents' | 'nodes'>;

/** One commit, of exactly what the rules of the project as it is current say.
 *  @param dryRun  finds, and changes nothing
 *  @throws InvalidValueError  there is no such project, it changes all the time, or a node's records cannot be read;
 *          StoreUnavailableError, ObjectAbsentError */
export async function forgetIgnored(
  io: Io,
  project: ProjectName,
  { actor, dryRun }: { readonly actor: Actor; readonly dryRun: boolean },
): Promise<Forgotten> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const at = await readCurrent(io.stores.index, project);
    if (!at) throw missingProject(project);
    const { entries, followed } = await ignoredIn(io, project, at.current.manifest_sha);
    if (dryRun || entries.length === 0) return { entries, followed, commitSha: undefined };
    const ops = entries.map((entry): PathOp => ({ kind: 'delete', path: entry.path, seen: seenIn(entry) }));
    const request = { project, ops, actor, message: 'forget ignored', ifMatch: at.current.commit_sha };
    const result = await commit(io.stores, request);
    if (result.kind === 'committed') return { entries, followed, commitSha: result.commitSha };
    if (result.kind === 'unchanged') return { entries, followed, commitSha: undefined };
  }
  throw new InvalidValueError(`${project} changes all the time, so nothing was taken off it: try again in a moment`);
}

/** What no workspace of the whole project follows, without what one of a part of it does. */
async function ignoredIn(io: Io, project: ProjectName, manifest: Sha): Promise<Omit<Forgotten, 'commitSha'>> {
  const texts = await rulesOf(io, manifest);
  const whole = rulesFrom(texts, undefined);
  const parts = [...(await partsHeld(io.nodes, project))].map(([prefix, nodes]) => ({
    prefix,
    nodes: [...nodes],
    rules: rulesFrom(texts, prefix),
    paths: 0,
  }));
  const entries: Entry[] = [];
  for await (const entry of walkTree(io.stores.nodes, manifest)) {
    const isDirectory = !isFile(entry);
    if (!whole.ignores(entry.path, isDirectory)) continue;
    const followers = parts.filter(
      ({ prefix, rules }) =>
        isUnder(entry.path, prefix) && !rules.ignores(entry.path.slice(prefix.length + 1) as RelPath, isDirectory),
    );
    for (const part of followers) part.paths++;
    if (followers.length === 0) entries.push(entry);
  }
  const followed = parts.filter(({ paths }) => paths > 0).map(({ rules: _, ...part }) => part);
  return { entries, followed };
}

function rulesFrom(texts: ReadonlyMap<RelPath | '', string>, prefix: RelPath | undefined): IgnoreRules {
  const rules = new IgnoreRules(prefix);
  for (const [dir, text] of texts) rules.set(dir, text);
  return rules;
}

/** By directory. A rule holds for what comes before its file, too: all are read first. */
async function rulesOf({ stores, contents }: Io, manifest: Sha): Promise<ReadonlyMap<RelPath | '', string>> {
  const texts = new Map<RelPath | '', string>();
  for await (const entry of walkTree(stores.nodes, manifest)) {
    if (!isFile(entry) || baseName(entry.path) !== RULES_FILE || entry.size > MAX_RULES_BYTES) continue;
    const text = Buffer.from(await readObject(contents.objects, entry.sha)).toString('utf8');
    texts.set(parentOf(entry.path) ?? '', text);
  }
  return texts;
}
