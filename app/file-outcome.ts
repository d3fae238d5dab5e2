// What came of a change of files, in the words of the pages.
import { unreachable } from '../core/model/assert.ts';
import type { CommitOutcome } from './file-commands.ts';

export type FileOutcome =
  | 'files-changed'
  | 'files-unchanged'
  | 'files-moved-on'
  | 'files-busy'
  | 'files-taken'
  | 'files-reserved'
  | 'files-gone'
  | 'files-into-itself'
  | 'files-bad-name'
  | 'files-none'
  | 'files-too-many'
  | 'files-cut-off'
  | 'no-project';

export function saidOf(outcome: CommitOutcome): FileOutcome {
  switch (outcome.kind) {
    case 'committed':
      return 'files-changed';
    case 'unchanged':
      return 'files-unchanged';
    case 'commit-moved':
      return 'files-moved-on';
    case 'commits-busy':
      return 'files-busy';
    case 'no-project':
      return 'no-project';
    case 'op-refused':
      switch (outcome.why.kind) {
        case 'path-taken':
          return 'files-taken';
        case 'reserved-name':
          return 'files-reserved';
        case 'into-itself':
          return 'files-into-itself';
        case 'nothing-there':
        case 'no-object':
        case 'other-size':
          return 'files-gone';
        default:
          return unreachable(outcome.why);
      }
    default:
      return unreachable(outcome);
  }
}
