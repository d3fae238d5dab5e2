// Events for others: as a stream that stays open, as pages that are asked for, and the schemas by which they are checked.
import type { Context } from 'hono';
import { z } from 'zod';
import type { EventsAfter, EventsRead } from '../../app/event-view.ts';
import {
  changesQuery,
  changesSchema,
  cursorOf,
  type EventPlace,
  eventJsonSchema,
  type GapReason,
  markOf,
  placeIn,
  START,
  streamHeaders,
  streamQuery,
} from '../../core/api/event.ts';
import { MAX_PAGE } from '../../core/api/limits.ts';
import { systemClock } from '../../core/model/clock.ts';
import type { EventType } from '../../core/model/event.ts';
import { type ProjectName, projectNameSchema } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { ApiEnv } from './api-env.ts';
import { eventStream } from './event-stream.ts';
import { madeOnce } from './made-once.ts';
import { existing, json, operation, operations } from './operation.ts';
import { noProject } from './problem.ts';
import { principalOf, seesProject } from './who-asks.ts';

const tags = ['Events'];

const schemas = madeOnce(eventJsonSchema);

export const eventOperations = () =>
  operations()
    .openapi(
      operation(
        { scope: 'read', projects: 'own' },
        {
          method: 'get',
          path: '/events',
          operationId: 'streamEvents',
          summary: 'Follow events, as Server-Sent Events',
          description: [
            'Each message is one event as JSON; its id is a cursor, by which `Last-Event-ID` or `after` goes on, with no event missed.',
            'A message of type `gap` says that events are missing before the next one, and why: `{"reason":"aged-out"}` or `{"reason":"went-back"}`.',
            'A comment comes at least every 15 seconds. A slow reader is waited for; it loses nothing while what it lacks is kept.',
          ].join('\n\n'),
          tags,
          request: {
            query: z.object({ ...streamQuery, project: projectNameSchema.optional() }),
            headers: z.object(streamHeaders),
          },
        },
        { 200: { description: 'It stays open', content: { 'text/event-stream': { schema: z.string() } } } },
      ),
      async (c) => {
        const { after, project, type, path } = c.req.valid('query');
        const from = c.req.valid('header')['last-event-id'] ?? after;
        const services = c.get('services');
        const filter = filterOf(c, { project, type, path });
        const place = from === undefined ? await newestOf(services.queries) : placeOf(from);
        const bearer = /^Bearer +(\S.*)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
        const bytes = eventStream(
          {
            clock: systemClock,
            subscription: services.subscribe([{ kind: 'events' }]),
            read: (at) => services.queries.eventsAfter({ after: at, limit: MAX_PAGE, filter }),
            isAllowed: async () => (await services.auth.bearer(bearer)) !== undefined,
            onError: (error) => services.log?.warn({ err: error }, 'a stream of events waits: events cannot be read'),
          },
          place,
        );
        return new Response(bytes, {
          headers: {
            'content-type': 'text/event-stream; charset=utf-8',
            'cache-control': 'no-store, no-transform',
            'x-accel-buffering': 'no',
          },
        });
      },
    )
    .openapi(
      operation(
        'read',
        {
          method: 'get',
          path: '/projects/{project}/changes',
          operationId: 'listChanges',
          summary: 'Events of a project, in the order of the stream',
          description:
            'For whoever asks now and then: `next` of an answer is `after` of the next question, so that nothing is missed, or `gap` says so.',
          tags,
          request: { params: z.object({ project: projectNameSchema }), query: z.object(changesQuery) },
        },
        { 200: json(changesSchema, 'The events after the cursor, oldest first') },
      ),
      async (c) => {
        const { project } = c.req.valid('param');
        const { after, limit, type, path } = c.req.valid('query');
        const { queries } = c.get('services');
        existing(project, await queries.project(project));
        const place = after === undefined ? START : placeOf(after);
        const query = { after: place, limit, filter: filterOf(c, { project, type, path }) };
        const { rows, next, more, gap } = await throughGaps(queries, query);
        const items = rows.map(({ seq, event }) => ({ cursor: cursorOf({ seq, mark: markOf(event) }), event }));
        return c.json({ items, next: cursorOf(next), more, gap: gap === undefined ? null : { reason: gap } }, 200);
      },
    )
    .openapi(
      operation(
        { scope: 'read', projects: 'own' },
        {
          method: 'get',
          path: '/schemas/events',
          operationId: 'getEventSchemas',
          summary: 'JSON Schema of every event',
          description: 'Of the draft 2020-12: one of `$defs`, by `type`.',
          tags,
        },
        { 200: json(z.record(z.string(), z.unknown()), 'A JSON Schema') },
      ),
      (c) => c.json(schemas(), 200),
    );

interface Asked {
  readonly project: ProjectName | undefined;
  readonly type: readonly EventType[] | undefined;
  readonly path: RelPath | undefined;
}

/** A token for some projects sees the events of these. */
function filterOf(c: Context<ApiEnv>, { project, type, path }: Asked): EventsAfter['filter'] {
  if (project !== undefined && !seesProject(c, project)) throw noProject(project, 'query.project');
  const own = principalOf(c).projects;
  const projects = project !== undefined ? [project] : own === 'all' ? undefined : own;
  return { ...(projects && { projects }), ...(type && { types: type }), ...(path !== undefined && { path }) };
}

/** The schema has let nothing else through. */
const placeOf = (cursor: string): EventPlace => placeIn(cursor) ?? START;

/** Where a stream begins is settled before it is opened: what happens while it opens is in it. */
async function newestOf({ eventsAfter }: Reader): Promise<EventPlace> {
  return (await eventsAfter({ after: 'newest', limit: 1, filter: {} })).next;
}

interface Reader {
  eventsAfter(query: EventsAfter): Promise<EventsRead>;
}

/** What follows a gap is of use, when the gap is said. */
async function throughGaps(
  queries: Reader,
  query: EventsAfter,
): Promise<Extract<EventsRead, { kind: 'events' }> & { readonly gap?: GapReason }> {
  const read = await queries.eventsAfter(query);
  if (read.kind === 'events') return read;
  const rest = await throughGaps(queries, { ...query, after: read.next });
  return { ...rest, gap: read.reason };
}
