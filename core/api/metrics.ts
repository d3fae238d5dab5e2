// What the system did lately, as the HTTP API shows it. Prometheus has an address of its own, `/metrics`.
import { z } from 'zod';

const values = z
  .record(z.string(), z.number())
  .meta({ description: 'by series, such as hot_bytes; one that is absent was not known' });

export const metricsSchema = z
  .strictObject({
    at: z.iso.datetime().nullable().meta({ description: 'of the newest sample; null: there never was one' }),
    now: values,
    points: z.array(z.strictObject({ at: z.iso.datetime(), values })).meta({ description: 'oldest first' }),
  })
  .meta({ id: 'Metrics' });

/** A sample is taken every 15 s; 7 days are kept. */
export const metricsQuery = {
  minutes: z.coerce.number().int().min(1).max(10_080).default(60).meta({ description: 'how far back; at most 7 days' }),
  step_s: z.coerce.number().int().min(15).max(86_400).default(60).meta({ description: 'seconds of a point' }),
};
