// Compares a directory that rests to what was written into it: one look, after the command of a job has ended. What the
// project's `.fsignore` files name is neither new nor gone.

import type { CommitIo } from '../../core/commit/commit.ts';
import { getEntry } from '../../core/manifest/get.ts';
import { type DirEntry, isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import { isOwn } from '../../core/model/own-folder.ts';
import { ancestorsOf, isUnder, type RelPath } from '../../core/model/rel-path.ts';
import { readObject } from '../../core/store/object-store.ts';
import type { Disk } from '../disk/disk.ts';
import { readFault, TOO_LONG } from '../disk/disk-error.ts';
import { childOf, decodeName, diskPath, lstatIfThere } from '../disk/disk-path.ts';
import { compareFingerprint, fingerprintOf } from '../disk/fingerprint.ts';
import { IgnoreRules } from '../ignore/ignore-rules.ts';
import { MAX_RULES_BYTES, RULES_FILE } from '../ignore/parse-rules.ts';
import { toProjectPath } from '../site.ts';
import type { Row } from '../state/file-rows.ts';
import type { WorkspaceState } from '../state/state.ts';

export interface PathNote {
  readonly path: string;
  readonly reason: string;
}

export interface Changes {
  /** new, or perhaps another than before */
  readonly files: readonly RelPath[];
  readonly emptyDirectories: readonly DirEntry[];
  readonly gone: readonly Row[];
  /** of a kind that is not carried */
  readonly leftOut: readonly PathNote[];
  /** content that cannot be taken: it must not be lost */
  readonly unreadable: readonly PathNote[];
}

export interface CompareIo {
  readonly disk: Disk;
  readonly root: string;
  /** what was written, as it was found right after that */
  readonly state: Pick<WorkspaceState, 'rows'>;
  readonly rules: IgnoreRules;
  readonly prefix: RelPath | undefined;
}

/** The rules above the part of the project that a job works on. */
export async function rulesFor(
  { nodes, objects }: Pick<CommitIo, 'nodes' | 'objects'>,
  manifest: Sha,
  prefix: RelPath | undefined,
): Promise<IgnoreRules> {
  const rules = new IgnoreRules(prefix);
  for (const dir of prefix === undefined ? [] : ['' as const, ...ancestorsOf(prefix)]) {
    const entry = await getEntry(nodes, manifest, childOf(dir, RULES_FILE));
    if (!entry || !isFile(entry) || entry.size > MAX_RULES_BYTES) continue;
    rules.set(dir, Buffer.from(await readObject(objects, entry.sha)).toString('utf8'));
  }
  return rules;
}

export function findChanges(io: CompareIo): Changes {
  const { state, rules } = io;
  const found: Found = { files: [], emptyDirectories: [], leftOut: [], unreadable: [], met: new Set() };
  const stack: (RelPath | '')[] = [''];
  for (let dir = stack.pop(); dir !== undefined; dir = stack.pop()) stack.push(...lookInto(io, dir, found));
  const { met, ...changes } = found;
  const gone: Row[] = [];
  // What lies there now is not carried, which is no deletion: the project keeps what it has.
  const isHidden = (path: RelPath) => found.leftOut.some((left) => path === left.path || isUnder(path, left.path));
  for (const dir of state.rows.dirs('')) {
    for (const row of state.rows.in(dir).values()) {
      const { path } = row.entry;
      if (!met.has(path) && !rules.ignores(path, !isFile(row.entry)) && !isHidden(path)) gone.push(row);
    }
  }
  return { ...changes, gone };
}

interface Found {
  readonly files: RelPath[];
  readonly emptyDirectories: DirEntry[];
  readonly leftOut: PathNote[];
  readonly unreadable: PathNote[];
  /** paths whose row still stands for what is there, or is replaced by what was found */
  readonly met: Set<string>;
}

/** @returns its directories */
function lookInto(io: CompareIo, dir: RelPath | '', found: Found): RelPath[] {
  const { disk, root, rules, state } = io;
  const below: RelPath[] = [];
  try {
    setRules(io, dir);
    const names = disk.readDirectory(diskPath(root, dir)).filter(({ name }) => !(dir === '' && isOwn(name.toString())));
    for (const dirent of names) {
      const decoded = decodeName(dir, dirent.name);
      if (decoded.kind !== 'name') {
        const shown = decoded.kind === 'bad-name' ? decoded.shown : decoded.name;
        const reason = decoded.kind === 'bad-name' ? 'Its name is not valid UTF-8: rename it.' : TOO_LONG;
        found.unreadable.push({ path: childOf(dir, shown), reason });
        continue;
      }
      const path = childOf(dir, decoded.name);
      if (rules.ignores(path, dirent.isDirectory())) continue;
      if (dirent.isDirectory()) below.push(path);
      else if (dirent.isFile()) lookAt(io, path, found);
      else found.leftOut.push({ path, reason: dirent.isSymbolicLink() ? 'a symbolic link' : 'no file' });
    }
    if (names.length > 0 || dir === '') return below;
    const mode = Number((lstatIfThere(disk, diskPath(root, dir))?.mode ?? 0o755n) & 0o777n);
    const entry = state.rows.at(dir)?.entry;
    found.met.add(dir);
    if (!entry || isFile(entry) || entry.mode !== mode) found.emptyDirectories.push({ path: dir, dir: true, mode });
  } catch (error) {
    const fault = readFault(error);
    if (!fault) throw error;
    found.unreadable.push({ path: dir === '' ? '.' : dir, reason: fault.reason });
  }
  return below;
}

/** The rules of a directory count for what is in it, so they are read first. */
function setRules({ disk, root, rules, prefix }: CompareIo, dir: RelPath | ''): void {
  const file = diskPath(root, childOf(dir, RULES_FILE));
  const stat = lstatIfThere(disk, file);
  if (!stat?.isFile() || stat.size > MAX_RULES_BYTES) return;
  rules.set(dir === '' ? (prefix ?? '') : toProjectPath({ prefix }, dir), disk.readText(file));
}

function lookAt({ disk, root, state }: CompareIo, path: RelPath, { files, met }: Found): void {
  met.add(path);
  const row = state.rows.at(path);
  const stat = lstatIfThere(disk, diskPath(root, path));
  // 'doubtful' was in doubt when it was written; the command began later than that.
  const isSame = row && stat && compareFingerprint(row.fingerprint, fingerprintOf(stat)) !== 'changed';
  if (!isSame) files.push(path);
}
