// Brings the `.fsignore` files of a workspace into its rules: from disk where it lies, whoever put it there. The rules are
// remembered, so that a start knows them before its first look. Ignoring never deletes: what the project has at an ignored
// path stays there, what lies on disk stays on disk, and both meet again when the rule goes (`leave-out.ts`).
import { z } from 'zod';
import { ancestorsOf, baseName, isUnder, parentOf, parseRelPath, type RelPath } from '../../core/model/rel-path.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { checkParents, childOf, diskPath, lstatIfThere } from '../disk/disk-path.ts';
import type { Site } from '../site.ts';
import type { WorkspaceState } from '../state/state.ts';
import { describeFaults, MAX_RULES_BYTES, RULES_FILE } from './parse-rules.ts';
import { TEMPORARY_NAMES_VERSION } from './temporary-names.ts';

export const isRulesFile = (path: RelPath): boolean => baseName(path) === RULES_FILE;

type Dir = RelPath | '';

/** Reads the `.fsignore` at this path anew; one that is gone, or no file, says nothing. */
export function readRules(site: Site, path: RelPath): void {
  const dir = parentOf(path) ?? '';
  const found = readText(site, path);
  // Unknown is never absent: the rules that were read last count until they can be read.
  if (found.kind === 'unknown') {
    site.rulesUnread(path);
    return;
  }
  const changed = site.ignores.set(fromTop(site, dir), found.text);
  const reason = found.tooLarge ? TOO_LARGE : describeFaults(site.ignores.faultsOf(fromTop(site, dir)));
  if (reason === undefined) site.problems.clearIf(path, ['ignore-rule']);
  else site.problems.set(path, 'ignore-rule', reason);
  if (!changed) return;
  saveRules(site);
  site.rulesChanged(dir);
}

/** Until these have come nobody can tell whether the path is ignored, and then it is nobody's to delete here.
 *  @returns undefined: the rules are here */
export function awaitedRules({ behind }: Pick<WorkspaceState, 'behind'>, path: RelPath): RelPath | undefined {
  if (behind.rules.size === 0) return undefined;
  return ['' as const, ...ancestorsOf(path)].map((dir) => childOf(dir, RULES_FILE)).find((at) => behind.rules.has(at));
}

const TOO_LARGE = `It is larger than ${MAX_RULES_BYTES / 1024} KiB, and so without effect: make it shorter.`;

type Found =
  | { readonly kind: 'known'; readonly text: string | undefined; readonly tooLarge?: boolean }
  | { readonly kind: 'unknown' };

function readText({ disk, root }: Site, path: RelPath): Found {
  try {
    const file = diskPath(root, path);
    const stat = checkParents(disk, root, path).kind === 'real' ? lstatIfThere(disk, file) : undefined;
    if (!stat?.isFile()) return { kind: 'known', text: undefined };
    if (stat.size > MAX_RULES_BYTES) return { kind: 'known', text: '', tooLarge: true };
    return { kind: 'known', text: disk.readText(file) };
  } catch (error) {
    if (isDiskError(error, 'ENOENT', 'ENOTDIR')) return { kind: 'known', text: undefined };
    if (isDiskError(error)) return { kind: 'unknown' };
    throw error;
  }
}

const fromTop = ({ prefix }: Site, dir: Dir): Dir =>
  prefix === undefined ? dir : dir === '' ? prefix : (`${prefix}/${dir}` as RelPath);

/** @param path  of rules above the workspace, which it waits for from now on, whatever becomes of the process; undefined: none */
export function awaitRules({ state, ignores }: Site, path: RelPath | undefined): void {
  if (ignores.awaited === path) return;
  ignores.awaited = path;
  state.setMeta('rules-awaited', path ?? '');
}

/** What this node remembers of the rules; the state may be lost, and then the first look finds them. */
const savedSchema = z.array(z.tuple([z.string(), z.string()]));

export function saveRules({ state, ignores }: Site): void {
  state.setMeta('ignore', JSON.stringify(ignores.dirs.map((dir) => [dir, ignores.textOf(dir) ?? ''])));
}

/** Names of temporary files are rules too, and may be others in another version. */
const asApplied = (saved: string): string => `${TEMPORARY_NAMES_VERSION} ${saved}`;

/** Everything was looked at. @param changes  of the rules when that began */
export function rulesApplied({ state, ignores }: Site, changes: number): void {
  if (ignores.areApplied) return;
  ignores.applied(changes);
  if (ignores.areApplied) state.setMeta('ignore-applied', asApplied(state.meta('ignore') ?? NO_RULES));
}

const NO_RULES = '[]';

/** At the start: the rules as they were, then as they are on disk by now. */
export function openRules(site: Site): void {
  const saved = site.state.meta('ignore') ?? NO_RULES;
  for (const [dir, text] of savedSchema.parse(JSON.parse(saved))) site.ignores.set(dir as Dir, text);
  if (site.state.meta('ignore-applied') === asApplied(saved)) site.ignores.applied(site.ignores.changes);
  const { prefix } = site;
  const awaited = site.state.meta('rules-awaited');
  site.ignores.awaited = prefix !== undefined && awaited ? parseRelPath(awaited) : undefined;
  for (const dir of site.ignores.dirs) {
    const local =
      prefix === undefined ? dir : dir === prefix ? '' : isUnder(dir, prefix) ? below(dir, prefix) : undefined;
    if (local !== undefined) readRules(site, childOf(local, RULES_FILE));
  }
}

const below = (dir: Dir, prefix: RelPath): RelPath => dir.slice(prefix.length + 1) as RelPath;
