// What is never evicted: `projects.<name>.pins` lists paths (a directory with all below it, '' = the whole project).
import { z } from 'zod';
import { actorSchema } from './commit.ts';
import { relPathSchema } from './rel-path.ts';

export const MAX_PINS = 1_000;

export const pinsSchema = z.strictObject({
  v: z.literal(1),
  pins: z
    .array(z.strictObject({ path: z.union([relPathSchema, z.literal('')]), actor: actorSchema, ts: z.iso.datetime() }))
    .max(MAX_PINS),
});
export type Pins = z.infer<typeof pinsSchema>;
export type Pin = Pins['pins'][number];

export const NO_PINS: Pins = { v: 1, pins: [] };
