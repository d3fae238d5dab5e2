// The paths that a batch of ops is about. Two batches that meet at a path are not one commit: the earlier version would be
// in no manifest, and so in nobody's history.
import { ancestorsOf, type RelPath } from '../model/rel-path.ts';
import type { PathOp } from './path-op.ts';

export class TouchedPaths {
  private readonly touched = new Set<RelPath>();
  /** the directories over them */
  private readonly above = new Set<RelPath>();

  add(ops: readonly PathOp[]): void {
    for (const path of ops.flatMap(pathsOf)) {
      this.touched.add(path);
      for (const dir of ancestorsOf(path)) this.above.add(dir);
    }
  }

  /** True when an op is at one of the paths, above one or below one. */
  meets(ops: readonly PathOp[]): boolean {
    return ops.flatMap(pathsOf).some((path) => this.above.has(path) || this.covers(path));
  }

  /** True when one of the paths is this one, or above it. */
  covers(path: RelPath): boolean {
    return this.touched.has(path) || ancestorsOf(path).some((dir) => this.touched.has(dir));
  }
}

export function pathsOf(op: PathOp): readonly RelPath[] {
  switch (op.kind) {
    case 'put':
      return [op.entry.path];
    case 'delete':
      return [op.path];
    case 'move':
      return [op.from, op.to];
  }
}
