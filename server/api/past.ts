// What is said when a commit that was asked for is none of the project's, or not kept any more.
import type { ProjectName, Sha } from '../../core/model/ids.ts';
import { ApiProblem } from './problem.ts';

export const noCommit = (project: ProjectName, commit: Sha | undefined, field: string): ApiProblem =>
  new ApiProblem('no-commit', `${project} has no commit ${commit ?? ''}.`, {
    field,
    next: `GET /api/v1/projects/${project}/commits lists those that there are.`,
  });

export const notKept = (project: ProjectName, commit: Sha, field: string): ApiProblem =>
  new ApiProblem(
    'not-kept',
    `What ${project} held at ${commit} is not kept any more, by its retention policy: who did what is.`,
    { field },
  );
