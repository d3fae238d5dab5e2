// What can stand between a command and its answer. Each says what a person does next.
import type { Problem } from '../../core/api/problem.ts';

/** Nobody answers at the address, or the line was cut. */
export class ServerAwayError extends Error {
  override name = 'ServerAwayError';
}

/** Something answers, but not as this program knows it: another program, or an older or a newer server. */
export class StrangeServerError extends Error {
  override name = 'StrangeServerError';
}

/** The server does not know the token, or it may not do this. */
export class TokenRefusedError extends Error {
  override name = 'TokenRefusedError';
}

/** The server understood, and did not do it; its own words. */
export class ApiRefusedError extends Error {
  override name = 'ApiRefusedError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(wordsOf(problem));
    this.problem = problem;
  }
}

/** The server's next step is a request; here it is a command. */
const NEXT: Readonly<Record<string, string>> = {
  'no-project': 'npx fs-sync ls lists those that there are.',
  'no-file': 'npx fs-sync ls <project> lists what there is.',
  'no-commit': 'npx fs-sync history <project> lists them.',
  'no-job': 'npx fs-sync job list shows them.',
  'no-node': 'npx fs-sync nodes lists them.',
  'no-token': 'npx fs-sync token list shows them.',
  'path-taken':
    'Choose another path, or delete what is there before (npx fs-sync rm); mv takes its place with --force.',
  'no-webhook': 'npx fs-sync webhook list shows them.',
  'no-delivery': 'npx fs-sync webhook deliveries <id> lists those that are.',
};

export function wordsOf({ code, detail, next: said }: Problem): string {
  const next = NEXT[code] ?? said;
  return next === undefined ? detail : `${detail} ${next}`;
}
