// Projects as the HTTP API shows them.
import { z } from 'zod';
import { projectNameSchema, shaSchema } from '../model/ids.ts';
import { pageOf } from './page.ts';

export const projectSchema = z
  .strictObject({
    name: projectNameSchema,
    commit: shaSchema.nullable().meta({ description: 'the commit that is current; null before the first' }),
    files: z.int(),
    bytes: z.int(),
    changed_at: z.iso.datetime().nullable(),
    state: z.enum(['in-sync', 'skipping', 'syncing', 'blocked', 'unheard', 'left', 'no-nodes', 'cold']),
    sentence: z.string().meta({ description: 'why it is in that state, for people' }),
    cold_since: z.iso.datetime().nullable().meta({ description: 'when it was taken off hot storage' }),
    to_archive: z.int().meta({ description: 'objects that are not proven in cold yet' }),
    tier_bytes: z.strictObject({ hot: z.int(), cold: z.int() }).nullable(),
  })
  .meta({ id: 'Project' });
export type ApiProject = z.infer<typeof projectSchema>;

export const projectPageSchema = pageOf('ProjectPage', projectSchema);

export const newProjectSchema = z.strictObject({ name: projectNameSchema }).meta({ id: 'NewProject' });
