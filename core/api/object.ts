// Objects as the HTTP API shows them.
import { z } from 'zod';
import { shaSchema } from '../model/ids.ts';

export const objectPutSchema = z
  .strictObject({ sha: shaSchema, size: z.int().meta({ description: 'bytes' }) })
  .meta({ id: 'ObjectPut' });
