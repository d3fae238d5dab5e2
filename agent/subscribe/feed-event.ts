// What programs on the node are told about a workspace. Paths are relative to the workspace's root, so that a program
// joins them with `root` and never has to know about sub-path workspaces.
import { z } from 'zod';
import { projectNameSchema, shaSchema } from '../../core/model/ids.ts';
import { relPathSchema } from '../../core/model/rel-path.ts';

export const FEED_EVENT_TYPES = ['seen', 'committed', 'applied', 'held', 'reset'] as const;
export type FeedEventType = (typeof FEED_EVENT_TYPES)[number];

/** An event lists this many paths at most; `more` says that there are others, which `/v1/changes` lists. */
export const LISTED_PATHS = 1_000;

export const pathChangeSchema = z.object({
  path: relPathSchema,
  change: z.enum(['created', 'updated', 'deleted', 'moved']),
  /** of a move: where it was */
  from: relPathSchema.optional(),
});
export type PathChange = z.infer<typeof pathChangeSchema>;

const changed = {
  /** how many paths, as far as the agent knows; `paths` may list fewer */
  count: z.int().min(0),
  paths: z.array(pathChangeSchema).max(LISTED_PATHS),
  more: z.boolean(),
};

/** A span of commits: what came after `from`, up to and with `commit`. */
const span = {
  commit: shaSchema,
  /** null: the workspace held no commit before */
  from: shaSchema.nullable(),
};

export const resetReasonSchema = z.enum([
  /** the agent was started again since the last event */
  'restarted',
  /** the last event is older than what the agent keeps */
  'too-old',
  /** this reader takes events more slowly than they come */
  'too-slow',
  /** `current` went back, after NATS was restored from a backup (I12) */
  'went-back',
]);

const bodySchemas = [
  /** A local change was found and read whole. A hint: it is not in the project yet. */
  z.object({ type: z.literal('seen'), ...changed }),
  /** Local changes are in the project, as this commit. */
  z.object({ type: z.literal('committed'), commit: shaSchema, ...changed }),
  /** All that the commits of the span changed in this workspace is on disk; `paths` is what the agent changed there. */
  z.object({ type: z.literal('applied'), ...span, ...changed }),
  /** Commits of the span cannot come to disk whole because of these paths; `applied` follows when they can. */
  z.object({
    type: z.literal('held'),
    ...span,
    paths: z.array(z.object({ path: relPathSchema, code: z.string(), reason: z.string() })).max(LISTED_PATHS),
  }),
  /** Events were missed: read everything again. What comes after it is complete. */
  z.object({ type: z.literal('reset'), reason: resetReasonSchema }),
] as const;

const bodySchema = z.discriminatedUnion('type', bodySchemas);
export type FeedBody = z.infer<typeof bodySchema>;

export const feedEventSchema = z
  .object({
    /** `<epoch>-<number>`: numbers grow, an epoch is one run of the agent */
    id: z.string(),
    ts: z.iso.datetime(),
    project: projectNameSchema,
    /** the part of the project that the workspace holds; absent: all of it */
    prefix: relPathSchema.optional(),
    /** absolute */
    root: z.string(),
  })
  .and(bodySchema);
export type FeedEvent = z.infer<typeof feedEventSchema>;
