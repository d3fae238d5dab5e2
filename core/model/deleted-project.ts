// What is left of a deleted project until its grace time ends: enough to bring it back as it was.
import { z } from 'zod';
import { currentSchema } from './commit.ts';

export const deletedProjectSchema = z.strictObject({
  current: currentSchema,
  deleted_at: z.iso.datetime(),
  /** until then it can be brought back, and sweep leaves its objects alone */
  purge_after: z.iso.datetime(),
});
export type DeletedProject = z.infer<typeof deletedProjectSchema>;
