// Events as the HTTP API gives them: where one stands in the stream, as a cursor, and the schema of each.
import { z } from 'zod';
import { type EventType, eventSchema, eventTypes, type FsEvent } from '../model/event.ts';
import { shaOf } from '../model/ids.ts';
import { relPathSchema } from '../model/rel-path.ts';
import { DEFAULT_PAGE, MAX_PAGE } from './limits.ts';

/** A place of the stream: right behind the event of this seq. */
export interface EventPlace {
  readonly seq: number;
  /** tells that event from another one that has its seq after NATS went back (I12); '': the place is behind no event */
  readonly mark: string;
}

export const START: EventPlace = { seq: 0, mark: '' };
export const markOf = ({ id }: Pick<FsEvent, 'id'>): string => shaOf(id).slice(0, 12);

const CURSOR = /^(\d{1,15})\.([0-9a-f]{12})?$/;
export const cursorOf = ({ seq, mark }: EventPlace): string => `${seq}.${mark}`;

export function placeIn(cursor: string): EventPlace | undefined {
  const [, seq, mark = ''] = CURSOR.exec(cursor) ?? [];
  return seq === undefined ? undefined : { seq: Number(seq), mark };
}

const cursorSchema = z.string().max(40).regex(CURSOR, 'is no cursor: give one that an answer had, as it was');

/** The same for all types, discriminated on `type`; `GET /api/v1/schemas/events` has the schema of each. */
export const anyEventSchema = z
  .union(eventTypes.map(eventSchema) as [z.ZodType<FsEvent>])
  .meta({ id: 'Event', description: 'GET /api/v1/schemas/events has the schema of each type' });

const typeSchema = z.enum(eventTypes as [EventType, ...EventType[]]);

export const eventFilter = {
  type: z
    .union([typeSchema, z.array(typeSchema)])
    .transform((one) => (typeof one === 'string' ? [one] : one))
    .optional()
    .meta({ description: 'only these; may be given more than once' }),
  path: relPathSchema.optional().meta({ description: 'only what happened to it, and to what is in it' }),
};

const after = cursorSchema.optional();

export const changesQuery = {
  ...eventFilter,
  after: after.meta({ description: '`next` of the answer before; absent: from the oldest that is kept' }),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
};

export const streamQuery = {
  ...eventFilter,
  after: z
    .union([cursorSchema, z.literal('oldest')])
    .optional()
    .meta({ description: 'where it begins; absent: with what happens from now on' }),
};

export const streamHeaders = {
  'last-event-id': after.meta({ description: 'goes on after it, in place of `after`' }),
};

export const gapSchema = z
  .strictObject({
    reason: z.enum(['aged-out', 'went-back']).meta({
      description:
        'aged-out: what lies between is not kept any more. went-back: NATS has lost what it had told, and numbers anew',
    }),
  })
  .meta({ id: 'Gap', description: 'events are missing before these: read the state of what they are of' });
export type GapReason = z.infer<typeof gapSchema>['reason'];

export const changesSchema = z
  .strictObject({
    items: z.array(z.strictObject({ cursor: z.string(), event: anyEventSchema })),
    next: z.string().meta({ description: 'give it as `after` to read on, now or later' }),
    more: z.boolean().meta({ description: 'false: these were the newest' }),
    gap: gapSchema.nullable(),
  })
  .meta({ id: 'Changes' });

/** For whoever checks what they got from NATS, from a stream or from a webhook. */
export function eventJsonSchema(): Record<string, unknown> {
  const $defs = Object.fromEntries(
    eventTypes.map((type) => {
      const { $schema: _, ...schema } = z.toJSONSchema(eventSchema(type), { io: 'input' });
      return [type, schema];
    }),
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: '/api/v1/schemas/events',
    title: 'An event',
    type: 'object',
    required: ['type'],
    oneOf: eventTypes.map((type) => ({ $ref: `#/$defs/${type}` })),
    $defs,
  };
}
