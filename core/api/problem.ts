// What the HTTP API answers when it does not do what it was asked: problem details of RFC 9457 with a stable code. Programs go by
// the code; the sentences are for people and may change.
import { z } from 'zod';

/** Code → its status, and what it means in short; the type, where others have named one. */
export const PROBLEMS = {
  'bad-request': { status: 400, title: 'This is no request that the server understands' },
  unauthorized: { status: 401, title: 'A token is needed' },
  'scope-missing': { status: 403, title: 'The token may not do this' },
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'no-project': { status: 404, title: 'There is no such project' },
  'no-token': { status: 404, title: 'There is no such token' },
  'no-file': { status: 404, title: 'There is no such file' },
  'no-object': { status: 404, title: 'No tier has such an object' },
  'no-commit': { status: 404, title: 'The project has no such commit' },
  'no-job': { status: 404, title: 'There is no such job' },
  'no-dead-letter': { status: 404, title: 'There is nothing that the archiver gave up on' },
  'no-node': { status: 404, title: 'There is no such node' },
  'no-question': { status: 404, title: 'The node does not ask this any more' },
  'no-share': { status: 404, title: 'There is no such link' },
  'no-upload': { status: 404, title: 'Nothing was put for the upload' },
  'no-webhook': { status: 404, title: 'There is no such webhook' },
  'no-delivery': { status: 404, title: 'The delivery is not kept' },
  'not-assigned': { status: 404, title: 'The node has no such assignment' },
  'method-not-allowed': { status: 405, title: 'This cannot be done with what is at this address' },
  'request-timeout': { status: 408, title: 'The request did not come to its end' },
  'project-exists': { status: 409, title: 'A project of this name exists' },
  'job-over': { status: 409, title: 'The job is over' },
  'job-not-failed': { status: 409, title: 'Only what failed or was cancelled is done again' },
  'job-not-planned': { status: 409, title: 'Only a dry run that is done can be carried out' },
  'plan-old': { status: 409, title: 'The plan is too old' },
  'node-lives': { status: 409, title: 'The node lives' },
  'node-unreadable': { status: 409, title: 'What the node is asked to be cannot be read' },
  'no-holder': { status: 409, title: 'No node that runs holds any of it' },
  'answered-otherwise': { status: 409, title: 'Somebody else has answered otherwise' },
  'key-in-use': { status: 409, title: 'The same request is under way' },
  'too-many': { status: 409, title: 'There are as many as can be' },
  'upload-offset': {
    status: 409,
    title: 'The part does not begin where the upload is',
    /** named by draft-ietf-httpbis-resumable-upload */
    type: 'https://iana.org/assignments/http-problem-types#mismatching-upload-offset',
  },
  'path-taken': { status: 409, title: 'Something else is at the path' },
  'not-kept': { status: 410, title: 'It is not kept any more' },
  'precondition-failed': { status: 412, title: 'It has changed since' },
  'precondition-required': { status: 428, title: 'It has to be said which state is meant' },
  'too-large': { status: 413, title: 'This is more than is taken at once' },
  'unsupported-media-type': { status: 415, title: 'The body is of another type than is understood here' },
  'range-not-satisfiable': { status: 416, title: 'It has no such range' },
  'hash-mismatch': { status: 422, title: 'The bytes are not those of the sha' },
  'object-missing': { status: 422, title: 'The bytes have to come first' },
  'key-reused': { status: 422, title: 'The idempotency key was sent with another request' },
  'invalid-value': { status: 422, title: 'A value breaks a rule' },
  'rate-limited': { status: 429, title: 'Too many wrong tokens' },
  /** named by draft-ietf-httpapi-ratelimit-headers-11 */
  'quota-exceeded': {
    status: 429,
    title: 'Too many requests',
    type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
  },
  fault: { status: 500, title: 'The server failed at this' },
  unavailable: { status: 503, title: 'The server cannot reach what it needs' },
  'store-full': { status: 507, title: 'There is no room for it' },
} as const satisfies Record<string, { readonly status: number; readonly title: string; readonly type?: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

export const problemSchema = z
  .strictObject({
    type: z.string().meta({ description: 'where the code is explained' }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'stable; programs go by it', example: 'no-project' }),
    detail: z.string().meta({ description: 'what is wrong, with the value and the rule' }),
    field: z.string().optional().meta({ description: 'which value of the request, such as query.limit or body.name' }),
    current: z.string().optional().meta({ description: 'of a precondition that failed: the sha that is there now' }),
    next: z.string().optional().meta({ description: 'what to do about it' }),
    'violated-policies': z
      .array(z.string())
      .optional()
      .meta({ description: 'of a request too many: the policies, as the field RateLimit-Policy names them' }),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problemSchema>;
