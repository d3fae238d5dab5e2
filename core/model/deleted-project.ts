// What is left of a deleted project until its grace time ends: enough to bring it back as it was.
import { z } from 'zod';
import { currentSchema } from './commit.ts';
import { projectNameSchema } from './ids.ts';
import { projectPolicySchema } from './policy.ts';

export const deletedProjectSchema = z.strictObject({
  current: currentSchema,
  policy: projectPolicySchema,
  deleted_at: z.iso.datetime(),
  /** until then it can be brought back, and sweep leaves its objects alone */
  purge_after: z.iso.datetime(),
  /** the name that it has now; absent: it was deleted, and has none */
  renamed_to: projectNameSchema.optional(),
});
export type DeletedProject = z.infer<typeof deletedProjectSchema>;
