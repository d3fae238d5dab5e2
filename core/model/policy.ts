// A project's policies, kept in the index under `projects.<name>.policy`. Every field has a default, so that a project
// without a record behaves as one whose record is empty.
import { z } from 'zod';

const days = (n: number) => n * 24 * 3600 * 1000;

/** Which commits keep their content. A commit is kept when any rule keeps it; `current` always is. */
export const retentionSchema = z.strictObject({
  /** every commit younger than this; milliseconds */
  keep_all_ms: z.int().min(0).default(days(7)),
  /** then the newest commit of each hour, day and week, as far back as this */
  hourly_ms: z.int().min(0).default(days(14)),
  daily_ms: z.int().min(0).default(days(60)),
  weekly_ms: z.int().min(0).default(days(365)),
  /** and always this many of the newest */
  last: z.int().min(1).default(10),
});
export type Retention = z.infer<typeof retentionSchema>;

/** What the eviction by policy does otherwise for a project. What a person evicts by hand goes all the same. */
export const evictPolicySchema = z.strictObject({
  /** stays in hot, however full that is */
  never: z.boolean().default(false),
  /** goes when nobody used it for so long; absent: what the servers are set to */
  idle_ms: z.int().min(0).optional(),
});
export type EvictPolicy = z.infer<typeof evictPolicySchema>;

export const projectPolicySchema = z.strictObject({
  /** `fast`: committed once in hot, archived behind. `strict`: `current` moves only when the cold copy is proven. */
  durability: z.enum(['fast', 'strict']).default('fast'),
  /** what happens to the loser of a conflict: it stays in history, or is written beside too */
  conflicts: z.enum(['last-writer', 'keep-both']).default('last-writer'),
  /** what must be proven before a node may remove a workspace. `committed`: every object that it holds is in hot or cold.
   *  `archived`: every one is in cold. */
  deactivate: z.enum(['committed', 'archived']).default('committed'),
  evict: evictPolicySchema.default(evictPolicySchema.parse({})),
  /** what the first read of a project that was taken off does: brings back all of it, or only what is read */
  first_read: z.enum(['promote', 'object']).default('promote'),
  retention: retentionSchema.default(retentionSchema.parse({})),
});
export type ProjectPolicy = z.infer<typeof projectPolicySchema>;

export const DEFAULT_POLICY: ProjectPolicy = projectPolicySchema.parse({});
