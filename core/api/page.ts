// Lists come in pages. A page starts after a place in the order of the list, so that what is added or removed meanwhile neither
// repeats a row nor leaves one out.
import { z } from 'zod';
import { DEFAULT_PAGE, MAX_PAGE } from './limits.ts';

export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_PAGE)
    .default(DEFAULT_PAGE)
    .meta({ description: `rows of the page, at most ${MAX_PAGE}` }),
  cursor: z.string().max(8_192).optional().meta({ description: '`next` of the page before' }),
};

/** @param id  the name of the page's schema */
export const pageOf = <T extends z.ZodType>(id: string, item: T) =>
  z
    .strictObject({
      items: z.array(item),
      next: z.string().nullable().meta({ description: 'give it as `cursor` to read on; null: this is the end' }),
    })
    .meta({ id });
