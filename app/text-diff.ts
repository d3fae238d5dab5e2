// How two versions of a text differ, line by line, with some lines around each change. What would take long is not tried: a
// page must not keep the server from others.
import { structuredPatch } from 'diff';

export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed';
  /** from 1; undefined: the line is not in that version */
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly text: string;
}

/** Lines that follow each other in both. */
export type Hunk = readonly DiffLine[];

export type TextDiff =
  | { readonly kind: 'hunks'; readonly hunks: readonly Hunk[]; readonly added: number; readonly removed: number }
  /** they differ in more than is shown */
  | { readonly kind: 'too-different' };

const AROUND = 3;
/** Lines that were added or removed. */
const MAX_CHANGED = 2_000;
const MAX_MS = 300;

export function textDiff(before: string, after: string): TextDiff {
  const patch = structuredPatch('', '', before, after, '', '', {
    context: AROUND,
    maxEditLength: MAX_CHANGED,
    timeout: MAX_MS,
  });
  if (!patch) return { kind: 'too-different' };
  const hunks = patch.hunks.map(({ lines, oldStart, newStart }) => numbered(lines, oldStart, newStart));
  const all = hunks.flat();
  return {
    kind: 'hunks',
    hunks,
    added: all.filter(({ kind }) => kind === 'added').length,
    removed: all.filter(({ kind }) => kind === 'removed').length,
  };
}

function numbered(lines: readonly string[], oldStart: number, newStart: number): Hunk {
  let [before, after] = [oldStart, newStart];
  return lines.flatMap((line): DiffLine[] => {
    const text = line.slice(1);
    switch (line[0]) {
      case '+':
        return [{ kind: 'added', before: undefined, after: after++, text }];
      case '-':
        return [{ kind: 'removed', before: before++, after: undefined, text }];
      case ' ':
        return [{ kind: 'same', before: before++, after: after++, text }];
      // It says that a version does not end with a line break.
      default:
        return [];
    }
  });
}
