// What is said when bytes are not those of the sha that they were announced by.
import type { Sha } from '../../core/model/ids.ts';
import { ApiProblem } from './problem.ts';

export const wrongBytes = (sha: Sha, detail: string) =>
  new ApiProblem('hash-mismatch', `This is not ${sha}: ${detail}. Nothing of it was kept.`, {
    field: 'body',
    next: 'Take the SHA-256 of the very bytes that are sent; a file may have changed meanwhile.',
  });
