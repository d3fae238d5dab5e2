// What an op needs of the tree. A move: something at its beginning, nothing at its end, and an end outside of what moves. A
// file: no directory in its place and no file above it, because one op would take all that is there away unasked. What an
// earlier op of the same commit has put, deleted or moved is as that op leaves it, and is not looked at, nor is what was below it:
// an op below a path says nothing of the rest that is there.
import type { FileOp, OpFault } from '../app/file-commands.ts';
import type { PathOp } from '../core/commit/path-op.ts';
import { TouchedPaths } from '../core/commit/touched-paths.ts';
import { getEntry } from '../core/manifest/get.ts';
import { kindAt } from '../core/manifest/kind-at.ts';
import type { NodeReader } from '../core/manifest/tree.ts';
import { isFile } from '../core/model/entry.ts';
import type { Sha } from '../core/model/ids.ts';
import { isOwn } from '../core/model/own-folder.ts';
import { ancestorsOf, isUnder, type RelPath } from '../core/model/rel-path.ts';

interface Earlier {
  readonly touched: TouchedPaths;
  /** those of which nothing is left that was there, at the path or below it; a directory that is made takes nothing away */
  readonly settled: TouchedPaths;
}

export async function refusedOp(
  nodes: NodeReader,
  root: Sha,
  ops: readonly FileOp[],
): Promise<{ readonly op: number; readonly why: OpFault } | undefined> {
  const earlier: Earlier = { touched: new TouchedPaths(), settled: new TouchedPaths() };
  for (const [op, one] of ops.entries()) {
    const why = await faultOf(nodes, root, one, earlier);
    if (why) return { op, why };
    const touches = [one.kind === 'move' ? one : at(one.path)];
    earlier.touched.add(touches);
    if (one.kind !== 'directory') earlier.settled.add(touches);
  }
  return undefined;
}

const at = (path: RelPath): PathOp => ({ kind: 'delete', path });

async function faultOf(nodes: NodeReader, root: Sha, op: FileOp, earlier: Earlier): Promise<OpFault | undefined> {
  // What is there already may go.
  const made = op.kind === 'move' ? op.to : op.kind === 'delete' ? undefined : op.path;
  if (made !== undefined && isOwn(made)) return { kind: 'reserved-name', path: made };
  switch (op.kind) {
    case 'delete':
      return undefined;
    case 'put':
      if (earlier.settled.covers(op.path)) return undefined;
      if ((await kindAt(nodes, root, op.path)) === 'directory') return { kind: 'path-taken', path: op.path };
      return fileAbove(nodes, root, op.path);
    case 'directory':
      if (earlier.settled.covers(op.path)) return undefined;
      if ((await kindAt(nodes, root, op.path)) === 'file') return { kind: 'path-taken', path: op.path };
      return fileAbove(nodes, root, op.path);
    case 'move':
      return faultOfMove(nodes, root, op, earlier);
  }
}

async function fileAbove(nodes: NodeReader, root: Sha, path: RelPath): Promise<OpFault | undefined> {
  for (const above of ancestorsOf(path)) {
    const entry = await getEntry(nodes, root, above);
    if (entry && isFile(entry)) return { kind: 'path-taken', path: above };
  }
  return undefined;
}

/** Said again after it was done, there is nothing at its beginning and something at its end: that is no fault. */
async function faultOfMove(
  nodes: NodeReader,
  root: Sha,
  { from, to, replace }: Extract<FileOp, { kind: 'move' }>,
  { touched, settled }: Earlier,
): Promise<OpFault | undefined> {
  if (from === to || isUnder(to, from)) return { kind: 'into-itself', path: to };
  if (settled.covers(to)) return undefined;
  const [before, after] = await Promise.all([kindAt(nodes, root, from), kindAt(nodes, root, to)]);
  const isThere = before !== 'nothing' || touched.meets([at(from)]);
  if (!isThere) return after === 'nothing' ? { kind: 'nothing-there', path: from } : undefined;
  if (after !== 'nothing' && !replace) return { kind: 'path-taken', path: to };
  return replace ? undefined : fileAbove(nodes, root, to);
}
