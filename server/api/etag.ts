// The conditions of a request: an ETag is a sha in quotes.
import { z } from 'zod';
import { type Sha, shaSchema } from '../../core/model/ids.ts';

/** `"<sha>"`, or the sha as it is. */
export const etagSchema = z
  .string()
  .transform((value) => value.trim().replace(/^"(.*)"$/, '$1'))
  .pipe(shaSchema)
  .meta({ description: 'a sha in quotes', example: `"${'0'.repeat(64)}"` });

export const etagOf = (sha: Sha): string => `"${sha}"`;
