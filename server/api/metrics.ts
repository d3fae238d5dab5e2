// What the system did lately, as numbers.
import { z } from 'zod';
import { metricsQuery, metricsSchema } from '../../core/api/metrics.ts';
import { isoTime } from '../../core/model/clock.ts';
import { json, operation, operations } from './operation.ts';
import { isoOrNull } from './page.ts';

const tags = ['Metrics'];
const MINUTE_MS = 60_000;
/** A sample is taken every 15 s: the newest is in the last of these. */
const NEWEST_MS = 60_000;

export const metricsOperations = () =>
  operations().openapi(
    operation(
      'read',
      {
        method: 'get',
        path: '/metrics',
        operationId: 'getMetrics',
        summary: 'What the system did lately, as numbers',
        description: 'Prometheus has an address of its own, `/metrics`.',
        tags,
        request: { query: z.object(metricsQuery) },
      },
      { 200: json(metricsSchema, 'Series by name') },
    ),
    async (c) => {
      const { minutes, step_s } = c.req.valid('query');
      const { queries } = c.get('services');
      const to = queries.now() + 1;
      const [{ points, newestAt }, newest] = await Promise.all([
        queries.metrics({ from: to - minutes * MINUTE_MS, to, stepMs: step_s * 1_000 }),
        queries.metrics({ from: to - NEWEST_MS, to, stepMs: 15_000 }),
      ]);
      const shown = points.map(({ at, values }) => ({ at: isoTime(at), values: { ...values } }));
      return c.json({ at: isoOrNull(newestAt), now: { ...newest.points.at(-1)?.values }, points: shown }, 200);
    },
  );
