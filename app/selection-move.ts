// Where selected files go, from what a person typed.
import { baseName, type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import type { FileOp } from './file-commands.ts';

/** @param typed  the new path of one, or the folder that several go into
 *  @returns undefined: what was typed is no path */
export function moves(paths: readonly RelPath[], typed: string): FileOp[] | undefined {
  const text = typed.replace(/^\/+|\/+$/g, '');
  const ops = paths.flatMap((from): FileOp[] => {
    const into = text === '' ? baseName(from) : `${text}/${baseName(from)}`;
    const to = relPathSchema.safeParse(paths.length === 1 ? text : into);
    return to.success ? [{ kind: 'move', from, to: to.data, replace: false }] : [];
  });
  return ops.length === paths.length ? ops : undefined;
}
