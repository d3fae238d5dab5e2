// What a project's `keep-both` policy adds to a commit that won over something its committer had not seen: the loser is
// written beside the winner, in the same commit. Its name follows from its bytes, so that a rebase, or a second node
// that meets the same conflict, writes the same file.
import { getEntry } from '../manifest/get.ts';
import type { NodeReader } from '../manifest/tree.ts';
import { isFile } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import { ancestorsOf, baseName, MAX_PATH_BYTES, parentOf, type RelPath } from '../model/rel-path.ts';
import type { PathOp } from './path-op.ts';
import type { ReplacedUnseen } from './resolve-ops.ts';
import { pathsOf } from './touched-paths.ts';

export interface Beside {
  readonly op: Extract<PathOp, { kind: 'put' }>;
  /** the conflict whose loser this is */
  readonly of: ReplacedUnseen;
}

/** A loser that is beside its winner now. */
export interface KeptBeside {
  /** which op won, by its place among them */
  readonly op: number;
  readonly path: RelPath;
}

/** Longest name of a file that every usual file system takes, in UTF-8 bytes. */
const MAX_NAME_BYTES = 255;

/** @param root  the tree that the conflicts were found in */
export async function losersBeside(
  nodes: NodeReader,
  root: Sha,
  ops: readonly PathOp[],
  conflicts: readonly ReplacedUnseen[],
): Promise<Beside[]> {
  const besides: Beside[] = [];
  const names = new Set<RelPath>();
  // What the batch itself does at a name must stay done.
  const own = new Set(ops.flatMap(pathsOf));
  const files = new Set(ops.flatMap((op) => (op.kind === 'put' && isFile(op.entry) ? [op.entry.path] : [])));
  for (const conflict of conflicts) {
    const { lostEntry } = conflict;
    if (!lostEntry) continue;
    // Where the batch makes the directory that it lay in a file, it goes beside that file.
    const place = ancestorsOf(lostEntry.path).find((dir) => files.has(dir)) ?? conflict.beside;
    for (const digits of [8, 64]) {
      const path = besideName(place, baseName(lostEntry.path), lostEntry.sha.slice(0, digits));
      const there = await getEntry(nodes, root, path);
      const isKept = there && isFile(there) && there.sha === lostEntry.sha;
      if ((there && !isKept) || own.has(path)) continue;
      if (!there && !names.has(path))
        besides.push({ op: { kind: 'put', entry: { ...lostEntry, path } }, of: conflict });
      names.add(path);
      break;
    }
  }
  return besides;
}

/** `docs/plan.md`, `plan.md` → `docs/plan.conflict-3fa2b1c4.md`.
 *  @param place  the path beside which it goes */
export function besideName(place: RelPath, name: string, mark: string): RelPath {
  const dir = parentOf(place);
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  const tail = `.conflict-${mark}${extension}`;
  const above = dir === undefined ? '' : `${dir}/`;
  const room = Math.min(MAX_NAME_BYTES, MAX_PATH_BYTES - Buffer.byteLength(above)) - Buffer.byteLength(tail);
  // Where the name has no room for its ending, the mark alone has to do.
  if (room < 1) return `${above}${mark.slice(0, MAX_NAME_BYTES)}` as RelPath;
  return `${above}${cutToBytes(stem, room)}${tail}` as RelPath;
}

function cutToBytes(text: string, bytes: number): string {
  let kept = '';
  let size = 0;
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > bytes) break;
    kept += character;
  }
  return kept;
}
