// What a command did not do, as a problem: its code, the value, and the next step. One table, so that an outcome reads alike
// wherever it comes from.
import type { ProblemCode } from '../../core/api/problem.ts';
import { LEAST_LIMITS, MAX_DESIRED_WORKSPACES } from '../../core/model/node-desired.ts';
import { MAX_PINS } from '../../core/model/pin.ts';
import { MAX_WEBHOOKS } from '../../core/model/webhook.ts';
import { ApiProblem } from './problem.ts';

interface Refused {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly next?: string;
  readonly field?: string;
}

const REFUSED = {
  'no-project': {
    code: 'no-project',
    detail: 'There is no such project (any more).',
    next: 'GET /api/v1/projects lists those that there are.',
  },
  'project-exists': {
    code: 'project-exists',
    detail: 'There is a project of this name already.',
    field: 'body.name',
    next: 'Choose another name.',
  },
  'project-moved': {
    code: 'precondition-failed',
    detail: 'The project has another commit by now than If-Match says.',
    field: 'header.if-match',
    next: 'GET the project, look at what changed, and send its commit.',
  },
  'project-name-taken': {
    code: 'project-exists',
    detail: 'There is a project of this name now.',
    next: 'Rename that one first.',
  },
  'project-not-kept': {
    code: 'not-kept',
    detail: 'No deleted project of this name is kept (any more).',
    next: 'GET /api/v1/deleted-projects lists those that are.',
  },
  'too-many-pins': {
    code: 'too-many',
    detail: `A project has at most ${MAX_PINS} pins.`,
    next: 'Pin a directory above them instead.',
  },
  'policy-moved': {
    code: 'precondition-failed',
    detail: 'Somebody else has changed the same fields of the policy in this moment.',
    next: 'GET the policy, look at it, and ask again.',
  },
  'no-job': {
    code: 'no-job',
    detail: 'There is no such job (any more).',
    next: 'GET /api/v1/jobs lists those that are kept.',
  },
  'job-on-nothing': {
    code: 'no-file',
    detail: 'The project has nothing at this path (any more).',
    field: 'body.path',
    next: 'Give a file or a directory of it: GET /api/v1/projects/<project>/tree lists them.',
  },
  'job-over': { code: 'job-over', detail: 'The job is over already.' },
  'job-not-failed': { code: 'job-not-failed', detail: 'The job neither failed nor was cancelled.' },
  'job-not-planned': {
    code: 'job-not-planned',
    detail: 'The job is no dry run, or is not done.',
    next: 'Ask for one with dry_run, and wait until its state is done.',
  },
  'plan-old': {
    code: 'plan-old',
    detail: 'The plan is older than an hour: by now it may say too little of what would go.',
    next: 'Ask for the dry run again, and read its plan.',
  },
  'no-dead-letter': {
    code: 'no-dead-letter',
    detail: 'The archiver has not given up on it: it is in cold by now, or no file has it any more.',
  },
  'no-node': {
    code: 'no-node',
    detail: 'There is no such node.',
    next: 'GET /api/v1/nodes lists those that are known.',
  },
  unreadable: {
    code: 'node-unreadable',
    detail: 'What a node is asked to be is no record that this version understands, so it cannot be changed.',
    next: 'Update the servers to the newest version that runs, or correct the record.',
  },
  'no-holder': {
    code: 'no-holder',
    detail: 'No node that runs holds any of it, or the one that was named does not.',
    next: 'PUT /api/v1/nodes/<node>/workspaces/<project> assigns it to one.',
  },
  'node-lives': {
    code: 'node-lives',
    detail: 'The agent of the node runs, or was heard of a moment ago.',
    next: 'Stop it, and ask again 15 seconds after its last word.',
  },
  'too-many': { code: 'too-many', detail: `A node takes at most ${MAX_DESIRED_WORKSPACES} assigned workspaces.` },
  'not-assigned': {
    code: 'not-assigned',
    detail: 'The node has no such assignment.',
    next: 'Give root and prefix as GET /api/v1/nodes/<node> says them; what its own configuration names is changed there.',
  },
  'limits-moved': {
    code: 'precondition-failed',
    detail: 'Somebody else has changed the same limits in this moment.',
    next: 'GET the node, look at its limits, and ask again.',
  },
  'limits-too-small': {
    code: 'invalid-value',
    detail: `With so little the node could carry nothing: the least is ${JSON.stringify(LEAST_LIMITS)}.`,
    field: 'body',
  },
  'question-gone': {
    code: 'no-question',
    detail: 'The node does not ask this (any more): it was settled, or has grown into another question.',
    next: 'GET the node and look at the question of its workspace.',
  },
  'not-offered': {
    code: 'invalid-value',
    detail: 'Edits in a workspace that only receives can only be restored.',
    field: 'body.answer',
  },
  'answered-otherwise': {
    code: 'answered-otherwise',
    detail: 'Somebody else has answered otherwise meanwhile.',
    next: 'To answer anew all the same, send their answer as seen.',
  },
  'no-commit': {
    code: 'no-commit',
    detail: 'There is no such commit of this project.',
    next: 'GET /api/v1/projects/<project>/commits lists them.',
  },
  'nothing-there': {
    code: 'no-file',
    detail: 'There is nothing at this path (any more).',
    field: 'body.path',
  },
  'no-webhook': {
    code: 'no-webhook',
    detail: 'There is no such webhook.',
    next: 'GET /api/v1/webhooks lists those that there are.',
  },
  'no-delivery': {
    code: 'no-delivery',
    detail: 'This delivery is not kept (any more).',
    next: 'GET /api/v1/webhooks/<webhook>/deliveries lists those that are.',
  },
  'too-many-webhooks': { code: 'too-many', detail: `There are at most ${MAX_WEBHOOKS} webhooks.` },
  'no-share': {
    code: 'no-share',
    detail: 'There is no such link.',
    next: 'GET /api/v1/shares lists those that there are.',
  },
} as const satisfies Readonly<Record<string, Refused>>;

type RefusedKind = keyof typeof REFUSED;
const isRefused = (kind: string): kind is RefusedKind => Object.hasOwn(REFUSED, kind);

/** @returns the outcome, where it was done @throws ApiProblem  it was not */
export function done<T extends { readonly kind: string }>(
  outcome: T,
): Exclude<T, { readonly kind: RefusedKind }> & { readonly kind: Exclude<T['kind'], RefusedKind> } {
  if (isRefused(outcome.kind)) throw refused(outcome.kind);
  return outcome as Exclude<T, { readonly kind: RefusedKind }> & { readonly kind: Exclude<T['kind'], RefusedKind> };
}

export function refused(kind: RefusedKind): ApiProblem {
  const { code, detail, field, next }: Refused = REFUSED[kind];
  return new ApiProblem(code, detail, { ...(field !== undefined && { field }), ...(next !== undefined && { next }) });
}
