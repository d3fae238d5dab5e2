// The HTTP API: the same queries and commands as the pages, for programs. Versioned by its path; `/openapi.json` describes all of
// it and is made from what checks the requests.
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { AppServices } from '../../app/context.ts';
import type { RateLimit } from '../../app/rate-limit.ts';
import { MAX_BODY_BYTES } from '../../core/api/limits.ts';
import { auditOperations } from './audit.ts';
import { commitOperations } from './commits.ts';
import { diffOperations } from './diffs.ts';
import { eventOperations } from './events.ts';
import { fileOperations } from './files.ts';
import { jobOperations } from './jobs.ts';
import { isJson } from './json-type.ts';
import { limitRate, type RateSettings } from './limit-rate.ts';
import { madeOnce } from './made-once.ts';
import { metricsOperations } from './metrics.ts';
import { nodeOperations } from './nodes.ts';
import { notFound } from './not-found.ts';
import { objectOperations } from './objects.ts';
import { operations } from './operation.ts';
import { pinOperations } from './pins.ts';
import { ApiProblem, answerThrown } from './problem.ts';
import { projectEndOperations } from './project-end.ts';
import { projectJobOperations } from './project-jobs.ts';
import { projectOperations } from './projects.ts';
import { restoreOperations } from './restores.ts';
import { shareOperations } from './shares.ts';
import { statusOperations } from './status.ts';
import { sendTagged, tagged } from './tagged-text.ts';
import { tokenOperations } from './tokens.ts';
import { treeOperations } from './tree.ts';
import { uploadOperations } from './uploads.ts';
import { webhookOperations } from './webhooks.ts';
import { readToken, requireToken } from './who-asks.ts';
import { whoamiOperations } from './whoami.ts';

export const API_PATH = '/api/v1';

export interface ApiOptions {
  /** wrong tokens of each address */
  readonly guesses: RateLimit;
  readonly rate: RateSettings;
  /** milliseconds; default: the system's clock */
  readonly now?: () => number;
}

/** Mounted at `/`. */
export function apiRoutes(services: AppServices, { guesses, rate, now = Date.now }: ApiOptions) {
  const app = operations();
  app.onError(answerThrown);
  app.use(`${API_PATH}/*`, async (c, next) => {
    c.set('services', services);
    requireUtf8(c.req.url);
    await next();
    // After it: an operation that streams brings a response of its own.
    c.header('x-content-type-options', 'nosniff');
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store');
  });
  app.use(`${API_PATH}/*`, readToken(guesses), limitRate(rate, now), requireToken);
  app.use(`${API_PATH}/*`, (c, next) => (takesJson(c) ? limitBody(c, next) : next()));
  for (const nouns of NOUNS) app.route(API_PATH, nouns());
  const document = madeOnce(() => tagged(JSON.stringify(app.getOpenAPI31Document(ABOUT), plainPatterns)));
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  app.get('/openapi.json', (c) => sendTagged(c, document()));
  app.all(`${API_PATH}/*`, notFound(app));
  return app;
}

/** An address that cannot be decoded would be taken as it is written, and its file be made under that name. */
function requireUtf8(url: string): void {
  const { pathname } = new URL(url);
  try {
    decodeURIComponent(pathname);
  } catch {
    const next = 'Write its names as percent-encoded UTF-8, and the % itself as %25.';
    throw new ApiProblem('invalid-value', `The address ${pathname.slice(0, 200)} is no UTF-8.`, {
      field: 'path',
      next,
    });
  }
}

/** JSON Schema reads patterns as Unicode, and has no flags: the one that its maker leaves at the end would be part of them. */
const plainPatterns = (key: string, value: unknown): unknown =>
  key === 'pattern' && typeof value === 'string' ? value.replace(/\/u$/, '') : value;

/** One a line. */
const NOUNS = [
  whoamiOperations,
  projectOperations,
  projectEndOperations,
  pinOperations,
  statusOperations,
  treeOperations,
  fileOperations,
  objectOperations,
  uploadOperations,
  commitOperations,
  diffOperations,
  restoreOperations,
  projectJobOperations,
  jobOperations,
  nodeOperations,
  shareOperations,
  metricsOperations,
  eventOperations,
  tokenOperations,
  webhookOperations,
  auditOperations,
];

const ABOUT = {
  openapi: '3.1.0',
  info: {
    title: 'nats-fs-sync',
    version: '1',
    description:
      'Projects, their files, history and lifecycle, and what happens to them. A POST that shows an `Idempotency-Key` is done once: the same request again within a day gets the same answer, with `Idempotency-Replayed: true`. Where no answer was final (a fault, or a 503: whether it was done is not known), it is done anew.',
  },
  servers: [{ url: '/' }],
};

/** Contents of files have no limit, and a JSON file has its own type too; no POST brings any. */
const takesJson = ({ req }: Context): boolean =>
  isJson(req.header('content-type')) &&
  (req.method === 'POST' || !/^\/api\/v1\/(objects|projects\/[^/]+\/(files|uploads))\//.test(req.path));

const limitBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    const next =
      'Send it in several requests; contents of files go to PUT /api/v1/objects/<sha>, where any size is taken.';
    throw new ApiProblem('too-large', `A JSON body has at most ${MAX_BODY_BYTES} bytes.`, { field: 'body', next });
  },
});
