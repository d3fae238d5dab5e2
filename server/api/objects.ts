// Objects: bytes by their SHA-256, from whichever tier has them.
import { z } from 'zod';
import { shaSchema } from '../../core/model/ids.ts';
import { DEFAULT_MIME } from '../../core/model/mime.ts';
import { asHead } from './any-depth.ts';
import { contentAnswers, contentHeaders, sendContents } from './contents.ts';
import { operation, operations } from './operation.ts';
import { ApiProblem } from './problem.ts';

const tags = ['Objects'];
const params = z.object({ sha: shaSchema });

const getObject = operation(
  'read',
  {
    method: 'get',
    path: '/objects/{sha}',
    operationId: 'getObject',
    summary: 'The bytes of an object, from any tier',
    tags,
    request: { params, headers: contentHeaders },
  },
  contentAnswers,
);

export function objectOperations() {
  const app = operations();
  app.openapi(getObject, async (c) => {
    const { sha } = c.req.valid('param');
    const found = await c.get('services').queries.object(sha);
    if (!found) throw new ApiProblem('no-object', `No tier has an object ${sha}.`, { field: 'path.sha' });
    return sendContents(c, { sha, sizeBytes: found.sizeBytes }, { 'content-type': DEFAULT_MIME });
  });
  asHead(app, getObject, 'headObject');
  return app;
}
