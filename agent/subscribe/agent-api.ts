// What the agent answers on its socket: how it is, what happens in its workspaces, and a look at them on demand. Plain
// HTTP/1.1, so that curl and every language's client can speak it.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { z } from 'zod';
import { projectNameSchema, quote, shaSchema } from '../../core/model/ids.ts';
import type { Log } from '../../core/model/log.ts';
import type { Answer, NodeStatus } from '../../core/model/node-status.ts';
import { relPathSchema } from '../../core/model/rel-path.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../../core/store/store-errors.ts';
import { streamEvents } from './event-stream.ts';
import { FEED_EVENT_TYPES } from './feed-event.ts';
import { selectEvent, wantsWorkspace } from './feed-filter.ts';
import { type FeedPlace, parseFeedPlace } from './feed-place.ts';
import type { Feeds } from './feeds.ts';
import { type ChangesIo, listChanges } from './list-changes.ts';

export interface ServedAgent {
  readonly feeds: Feeds;
  readonly stores: ChangesIo;
  status(): NodeStatus;
  rescan(project?: string): Promise<void>;
  answer(question: string, answer: Answer): 'answered' | 'not-asked' | 'not-offered';
}

export interface AgentApiOptions {
  readonly agent: ServedAgent;
  readonly log: Log;
  /** ends the streams */
  readonly signal: AbortSignal;
}

/** Streams at once. Each costs a connection and no memory; more than these are a program that does not close them. */
const MAX_STREAMS = 256;

const projectQuery = z.object({ project: projectNameSchema.optional() });
const place = z.string().transform((value, ctx): FeedPlace => {
  try {
    return parseFeedPlace(value);
  } catch (error) {
    ctx.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
});
const eventsQuery = projectQuery.extend({
  root: z.string().optional(),
  path: relPathSchema.optional(),
  types: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(FEED_EVENT_TYPES, { error: `give some of ${FEED_EVENT_TYPES.join(', ')}` })))
    .optional(),
  after: place.optional(),
});
const answerQuery = z.object({ question: z.string().min(1), answer: z.enum(['allow', 'restore']) });
const changesQuery = z.object({
  project: projectNameSchema,
  root: z.string().optional(),
  from: shaSchema.optional(),
  to: shaSchema,
});

/** A request that cannot be answered as it is. */
class RequestRefusedError extends Error {
  override name = 'RequestRefusedError';
  constructor(
    readonly status: number,
    readonly title: string,
    detail: string,
  ) {
    super(detail);
  }
}

type Handler = (url: URL, request: IncomingMessage, response: ServerResponse) => Promise<void>;

export function agentApi({ agent, log, signal }: AgentApiOptions): RequestListener {
  let streams = 0;

  const routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
    '/v1/status': { GET: async (_url, _request, response) => json(response, agent.status()) },
    '/v1/workspaces': {
      async GET(url, _request, response) {
        const { project } = parse(projectQuery, Object.fromEntries(url.searchParams));
        requireProject(agent, project);
        json(response, workspacesOf(agent, project));
      },
    },
    '/v1/events': {
      async GET(url, request, response) {
        const header = request.headers['last-event-id'];
        const given = typeof header === 'string' && header !== '' ? { after: header } : {};
        const { after, ...filter } = parse(eventsQuery, { ...Object.fromEntries(url.searchParams), ...given });
        requireProject(agent, filter.project);
        if (streams >= MAX_STREAMS) {
          throw new RequestRefusedError(503, 'Too many streams', `${MAX_STREAMS} are open already: close some.`);
        }
        streams++;
        try {
          const follower = agent.feeds.follow({ after, wants: wantsWorkspace(filter) });
          await streamEvents(response, follower, (event) => selectEvent(event, filter), signal);
        } finally {
          streams--;
        }
      },
    },
    '/v1/changes': {
      async GET(url, _request, response) {
        const { project, root, from, to } = parse(changesQuery, Object.fromEntries(url.searchParams));
        const found = agent.feeds.list().find(({ spec }) => wantsWorkspace({ project, root })(spec));
        if (!found) throw notHere(agent, project);
        await lines(response, listChanges(agent.stores, { prefix: found.spec.prefix }, from ?? null, to));
      },
    },
    '/v1/answer': {
      async POST(url, _request, response) {
        const { question, answer } = parse(answerQuery, Object.fromEntries(url.searchParams));
        const outcome = agent.answer(question, answer);
        if (outcome === 'not-asked') throw notAsked(agent.status(), question);
        if (outcome === 'not-offered') throw notOffered(agent.status(), question, answer);
        json(response, workspacesOf(agent));
      },
    },
    '/v1/rescan': {
      async POST(url, _request, response) {
        const { project } = parse(projectQuery, Object.fromEntries(url.searchParams));
        requireProject(agent, project);
        await agent.rescan(project);
        json(response, workspacesOf(agent));
      },
    },
  };

  return (request, response) => {
    void answer(routes, request, response).catch((error: unknown) => {
      if (!(error instanceof RequestRefusedError)) log.warn({ error, url: request.url }, 'a request failed');
      refuse(response, error);
    });
  };
}

async function answer(
  routes: Readonly<Record<string, Readonly<Record<string, Handler>>>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url: target = '/' } = request;
  if (!URL.canParse(target, 'http://agent')) {
    throw new RequestRefusedError(400, 'Bad request', `${target} is no address.`);
  }
  const url = new URL(target, 'http://agent');
  const known = Object.keys(routes);
  const methods = known.includes(url.pathname) ? routes[url.pathname] : undefined;
  if (!methods) {
    throw new RequestRefusedError(404, 'Not found', `${url.pathname} is not known; there is ${known.join(', ')}.`);
  }
  const handler = Object.keys(methods).includes(method) ? methods[method] : undefined;
  if (!handler) {
    const allowed = Object.keys(methods).join(', ');
    response.setHeader('allow', allowed);
    throw new RequestRefusedError(405, 'Method not allowed', `${url.pathname} takes ${allowed}.`);
  }
  await handler(url, request, response);
}

/** The status of each workspace, with the newest commit that is whole on disk there, and where to follow on from.
 *  @param project  only those of it; default: all */
function workspacesOf(agent: ServedAgent, project?: string): object {
  const { feeds } = agent;
  const all = feeds.list();
  const asked = agent.status().workspaces.filter((one) => project === undefined || one.project === project);
  return {
    last_event_id: feeds.sequence.placeOf(feeds.sequence.last),
    workspaces: asked.map((workspace) => {
      const feed = all.find(({ spec }) => spec.root === workspace.root && spec.project === workspace.project);
      return { ...workspace, whole: feed?.wholeAt() ?? null };
    }),
  };
}

function requireProject(agent: ServedAgent, project: string | undefined): void {
  const isHere = agent.feeds.list().some(({ spec }) => spec.project === project);
  if (project !== undefined && !isHere) throw notHere(agent, project);
}

function notAsked({ node, workspaces }: NodeStatus, question: string): RequestRefusedError {
  const asked = workspaces.flatMap((one) => (one.question ? [`${one.question.id} (${one.project})`] : []));
  const now = asked.length === 0 ? 'it asks nothing now' : `it asks ${asked.join(', ')}`;
  const detail = `${node} does not ask ${quote(question)} (any more): ${now}. Its questions: npx fs-sync status --node ${node}`;
  return new RequestRefusedError(404, 'Not asked', detail);
}

function notOffered({ node }: NodeStatus, question: string, answer: Answer): RequestRefusedError {
  const detail = `${quote(question)} cannot be answered with ${answer}: edits in a workspace that only receives can only be restored, and what was edited is kept. Restore: npx fs-sync answer --node ${node} ${question} restore`;
  return new RequestRefusedError(409, 'Not offered', detail);
}

function notHere({ feeds }: ServedAgent, project: string): RequestRefusedError {
  const here = [...new Set(feeds.list().map(({ spec }) => spec.project))].sort();
  const has = here.length === 0 ? 'it has none' : `it has those of ${here.join(', ')}`;
  return new RequestRefusedError(
    404,
    'Not found',
    `This node has no such workspace of the project ${project}: ${has}.`,
  );
}

function parse<T extends z.ZodType>(schema: T, query: object): z.output<T> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const detail = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).join('; ');
  throw new RequestRefusedError(400, 'Bad request', detail);
}

function json(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(value)}\n`);
}

/** One JSON value a line. The first is awaited before the answer begins, so that what fails at once says so. */
async function lines(response: ServerResponse, values: AsyncIterable<object>): Promise<void> {
  const iterator = values[Symbol.asyncIterator]();
  try {
    let next = await iterator.next();
    response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8', 'cache-control': 'no-store' });
    for (; !next.done && !response.destroyed; next = await iterator.next()) {
      if (response.write(`${JSON.stringify(next.value)}\n`)) continue;
      await new Promise<void>((resolve) => {
        response.once('drain', resolve);
        response.once('close', resolve);
      });
    }
    response.end();
  } finally {
    await iterator.return?.();
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  // Half an answer can only be cut off, so that nobody takes it for a whole one.
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, title, detail } = problemOf(error);
  response.writeHead(status, { 'content-type': 'application/problem+json; charset=utf-8' });
  response.end(`${JSON.stringify({ type: 'about:blank', title, status, detail })}\n`);
}

function problemOf(error: unknown): { status: number; title: string; detail: string } {
  if (error instanceof RequestRefusedError) return { status: error.status, title: error.title, detail: error.message };
  if (error instanceof StoreUnavailableError) {
    return { status: 503, title: 'NATS is away', detail: `${error.message}. Ask again when it is back.` };
  }
  if (error instanceof ObjectAbsentError || error instanceof ObjectCorruptError) {
    return { status: 404, title: 'Not readable', detail: `${error.message}. Read everything again instead.` };
  }
  return { status: 500, title: 'A fault of the agent', detail: 'It is in the log of the agent.' };
}
