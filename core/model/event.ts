// The event envelope and every event type, one zod schema each. JSON Schema is served from the same definitions.
// An event is a hint about what `current` already says (I2); only the audit stream is evidence.
import { z } from 'zod';
import { actorSchema, commitCountsSchema } from './commit.ts';
import { nodeIdSchema, type ProjectName, projectNameSchema, type Sha, shaSchema, tenantSchema } from './ids.ts';
import { relPathSchema } from './rel-path.ts';
import { shareIdSchema } from './share.ts';
import { webhookIdSchema } from './webhook-id.ts';

const bytes = z.int().min(0);
const fileFacts = { sha: shaSchema, size: bytes, mode: z.int(), mtime: z.int() };
const entryFacts = z.union([z.strictObject(fileFacts), z.strictObject({ dir: z.literal(true), mode: z.int() })]);
/** `root`: absolute path on the node; `prefix`: the part of the project that it holds, absent: all of it */
const workspaceFacts = { root: z.string(), prefix: relPathSchema.optional() };
/** `stored`: what it takes there, where it was compressed */
const coldCopy = { bucket: z.string(), key: z.string(), class: z.string().optional(), stored: bytes.optional() };
/** `path` absent: the whole project; `commit_sha` absent: what is current */
const sharedFacts = {
  share: shareIdSchema,
  kind: z.enum(['file', 'directory']),
  path: relPathSchema.optional(),
  commit_sha: shaSchema.optional(),
};

export const eventPayloads = {
  ObjectCreated: z.strictObject({ sha: shaSchema, size: bytes, mime: z.string(), commit_sha: shaSchema.optional() }),
  ObjectArchived: z.strictObject({ sha: shaSchema, size: bytes, cold: z.strictObject(coldCopy) }),
  ObjectRehydrated: z.strictObject({ sha: shaSchema, size: bytes }),
  ObjectEvicted: z.strictObject({ sha: shaSchema, size: bytes }),
  /** no kept commit needed it, and it is gone from that tier */
  ObjectSwept: z.strictObject({ sha: shaSchema, size: bytes, tier: z.enum(['hot', 'cold']) }),
  ObjectCorrupt: z.strictObject({ sha: shaSchema, tier: z.enum(['local', 'hot', 'cold']), detail: z.string() }),
  PathCreated: z.strictObject({ path: relPathSchema, entry: entryFacts, commit_sha: shaSchema }),
  PathUpdated: z.strictObject({ path: relPathSchema, entry: entryFacts, was: entryFacts, commit_sha: shaSchema }),
  PathDeleted: z.strictObject({ path: relPathSchema, was: entryFacts, commit_sha: shaSchema }),
  PathMoved: z.strictObject({ path: relPathSchema, from: relPathSchema, entry: entryFacts, commit_sha: shaSchema }),
  PathConflict: z.strictObject({
    path: relPathSchema,
    /** the entry that is current now, and the one that lost and stays in history */
    won: shaSchema.nullable(),
    lost: shaSchema.nullable(),
    /** where the loser was written, by the policy `keep-both` */
    kept: relPathSchema.optional(),
    commit_sha: shaSchema,
  }),
  ProjectCreated: z.strictObject({ name: projectNameSchema }),
  ProjectCurrentChanged: z.strictObject({
    commit_sha: shaSchema,
    manifest_sha: shaSchema,
    parents: z.array(shaSchema),
    counts: commitCountsSchema,
    files: z.int().min(0),
    bytes,
    message: z.string().optional(),
    /** conflicts of the commit that no PathConflict tells of, because there were too many */
    unlisted_conflicts: z.int().min(1).optional(),
  }),
  ProjectPromoted: z.strictObject({ objects: z.int(), bytes }),
  ProjectEvicted: z.strictObject({ objects: z.int(), bytes }),
  NodeJoined: z.strictObject({ node: nodeIdSchema, version: z.string() }),
  NodeLeft: z.strictObject({ node: nodeIdSchema, reason: z.string() }),
  WorkspaceActivated: z.strictObject({ node: nodeIdSchema, ...workspaceFacts }),
  WorkspaceDeactivated: z.strictObject({ node: nodeIdSchema, ...workspaceFacts }),
  ShareCreated: z.strictObject({
    ...sharedFacts,
    expires: z.iso.datetime().optional(),
    max_uses: z.int().min(1).optional(),
    password: z.boolean(),
  }),
  /** `uses`: how many there were with this one; `from`: the address of who used it, as the server saw it */
  ShareUsed: z.strictObject({ ...sharedFacts, uses: z.int().min(1), from: z.string().optional() }),
  ShareRefused: z.strictObject({
    ...sharedFacts,
    reason: z.enum(['revoked', 'expired', 'used-up', 'wrong-password', 'gone']),
    from: z.string().optional(),
  }),
  ShareRevoked: z.strictObject({ ...sharedFacts }),
  /** A server has stopped to deliver to it. `host`: where it leads; the rest of its address is nobody else's. */
  WebhookDisabled: z.strictObject({
    webhook: webhookIdSchema,
    name: z.string(),
    host: z.string(),
    reason: z.string(),
    failing_since: z.iso.datetime(),
  }),
  JobStarted: z.strictObject({ job: z.string(), kind: z.string() }),
  JobFinished: z.strictObject({ job: z.string(), kind: z.string() }),
  JobFailed: z.strictObject({
    job: z.string(),
    kind: z.string(),
    error: z.string(),
    /** somebody stopped it: nothing is wrong */
    cancelled: z.literal(true).optional(),
  }),
} as const;

export type EventType = keyof typeof eventPayloads;
export const eventTypes = Object.keys(eventPayloads) as readonly EventType[];

const envelope = {
  /** unique; sent as `Nats-Msg-Id`, so that publishing twice is harmless */
  id: z.string().min(1).max(200),
  ts: z.iso.datetime(),
  tenant: tenantSchema,
  project: projectNameSchema.optional(),
  actor: actorSchema,
  trace: z.strictObject({ traceparent: z.string(), correlation_id: z.string() }),
};

type EnvelopeOf<T extends EventType> = z.infer<z.ZodObject<typeof envelope>> & {
  readonly type: T;
  readonly payload: z.infer<(typeof eventPayloads)[T]>;
};

/** One event, discriminated on `type`. */
export type FsEvent = { [T in EventType]: EnvelopeOf<T> }[EventType];
export type EventOf<T extends EventType> = Extract<FsEvent, { type: T }>;

/** What an event says, without its envelope. */
export type EventBody = { [T in EventType]: Pick<EventOf<T>, 'type' | 'payload'> }[EventType];

/** W3C trace context, derived from what the event follows from, so that a repetition is the same bytes. */
export const traceOf = (sha: Sha): FsEvent['trace'] => ({
  traceparent: `00-${sha.slice(0, 32)}-${sha.slice(32, 48)}-01`,
  correlation_id: sha,
});

const eventSchemas = new Map(
  eventTypes.map((type) => [
    type,
    z.strictObject({ ...envelope, type: z.literal(type), payload: eventPayloads[type] }),
  ]),
);

export function eventSchema(type: EventType): z.ZodType<FsEvent> {
  return eventSchemas.get(type) as unknown as z.ZodType<FsEvent>;
}

const typedSchema = z.looseObject({ type: z.enum(eventTypes as [EventType]) });

/** @throws z.ZodError when the bytes are no event of a known type */
export function decodeEvent(json: Uint8Array): FsEvent {
  const raw: unknown = JSON.parse(Buffer.from(json).toString('utf8'));
  const { type } = typedSchema.parse(raw);
  return eventSchema(type).parse(raw);
}

/** Where an event with no project goes in the subject `fs.events.<tenant>.<project or _>.<Type>`. */
export const NO_PROJECT = '_';
export const subjectProject = (project: ProjectName | undefined): string => project ?? NO_PROJECT;
