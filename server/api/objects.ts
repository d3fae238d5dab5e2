// Objects: bytes by their SHA-256, from whichever tier has them.
import { z } from 'zod';
import { objectPutSchema } from '../../core/api/object.ts';
import { shaSchema } from '../../core/model/ids.ts';
import { DEFAULT_MIME } from '../../core/model/mime.ts';
import { asHead } from './any-depth.ts';
import { contentAnswers, contentHeaders, sendContents } from './contents.ts';
import { etagOf } from './etag.ts';
import { bytesBody, incoming } from './incoming.ts';
import { json, operation, operations } from './operation.ts';
import { noteOwn } from './own-objects.ts';
import { ApiProblem } from './problem.ts';
import { wrongBytes } from './wrong-bytes.ts';

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

const putObject = operation(
  // Who puts an object has its bytes already, and learns nothing of who else has.
  { scope: 'write', projects: 'own' },
  {
    method: 'put',
    path: '/objects/{sha}',
    operationId: 'putObject',
    summary: 'Store bytes under their sha',
    description:
      'Any size, streamed: Content-Length saves a detour over the server’s disk. All of it is read and verified, also where the object is there already: ask for an upload first where that would be long. What no commit names within a day is swept.',
    tags,
    request: { params, body: bytesBody('the bytes whose SHA-256 is in the address') },
  },
  { 200: json(objectPutSchema, 'It is there') },
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
  app.openapi(putObject, async (c) => {
    const { sha } = c.req.valid('param');
    const outcome = await c.get('services').fileCommands.putObject(sha, incoming(c));
    if (outcome.kind === 'wrong-bytes') throw wrongBytes(sha, outcome.detail);
    await noteOwn(c, sha);
    c.header('etag', etagOf(sha));
    return c.json({ sha, size: outcome.sizeBytes }, 200);
  });
  return app;
}
