// What came of a commit, as an answer: done, or which op cannot be, and why.
import type { CommitOutcome, OpFault } from '../../app/file-commands.ts';
import type { ApiCommitDone } from '../../core/api/commit.ts';
import { unreachable } from '../../core/model/assert.ts';
import type { ProjectName } from '../../core/model/ids.ts';
import { OWN_FOLDER } from '../../core/model/own-folder.ts';
import { ApiProblem, noProject } from './problem.ts';

/** @param fieldOf  where the request says what the op is about @throws ApiProblem */
export function committed(
  outcome: CommitOutcome,
  project: ProjectName,
  fieldOf: (op: number, about: 'path' | 'sha' | 'size') => string,
): ApiCommitDone {
  switch (outcome.kind) {
    case 'committed': {
      const { commit, counts, conflicts, kept, isShared } = outcome;
      return { changed: true, commit, counts, conflicts: [...conflicts], kept: [...kept], shared: isShared };
    }
    case 'unchanged':
      return { changed: false, commit: outcome.commit, counts: null, conflicts: [], kept: [], shared: false };
    case 'commit-moved':
      throw new ApiProblem('precondition-failed', `${project} has changed: its commit is ${outcome.current} now.`, {
        field: 'header.if-match',
        next: `Look at what has changed since, by GET /api/v1/projects/${project}/diff, and ask again.`,
        current: outcome.current,
      });
    case 'no-project':
      throw noProject(project);
    case 'commits-busy':
      throw new ApiProblem('unavailable', 'So many commits are under way that this one had no turn.', {
        next: 'Nothing was done. Ask again in a moment.',
      });
    case 'op-refused':
      throw refused(outcome.op, outcome.why, fieldOf);
    default:
      return unreachable(outcome);
  }
}

function refused(op: number, why: OpFault, fieldOf: Parameters<typeof committed>[2]): ApiProblem {
  switch (why.kind) {
    case 'no-object':
      return new ApiProblem('object-missing', `No tier has the object ${why.sha}.`, {
        field: fieldOf(op, 'sha'),
        next: `PUT its bytes to /api/v1/objects/${why.sha}, then commit again.`,
      });
    case 'other-size':
      return new ApiProblem('invalid-value', `The object ${why.sha} has ${why.sizeBytes} bytes.`, {
        field: fieldOf(op, 'size'),
      });
    case 'nothing-there':
      return new ApiProblem('no-file', `There is nothing at ${why.path}.`, { field: fieldOf(op, 'path') });
    case 'into-itself':
      return new ApiProblem('invalid-value', `${why.path} is in what is to be moved.`, { field: fieldOf(op, 'path') });
    case 'reserved-name':
      return new ApiProblem('invalid-value', `${why.path} has the reserved name ${OWN_FOLDER}: no node would get it.`, {
        field: fieldOf(op, 'path'),
      });
    case 'path-taken':
      return new ApiProblem('path-taken', `${why.path} is taken by something else.`, {
        field: fieldOf(op, 'path'),
        next: 'Delete it in the same commit before, or say "replace" where it is a move.',
      });
    default:
      return unreachable(why);
  }
}
