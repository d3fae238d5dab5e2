// Uploads: announced by their sha, then sent whole, in parts, or straight to cold storage. Parts are sent as
// draft-ietf-httpbis-resumable-upload has it: HEAD says how much is there, and a PATCH that begins there goes on. They wait on
// the disk of the server that took them, so that behind a balancer a client has to stay with one; another one says that nothing
// is there, and begins anew.

import type { Context } from 'hono';
import { z } from 'zod';
import type { ObjectDetail } from '../../app/file-view.ts';
import type { UploadKey, UploadLink } from '../../app/upload-commands.ts';
import {
  type ApiUpload,
  newUploadSchema,
  PART_BYTES,
  uploadIdOf,
  uploadIdSchema,
  uploadSchema,
} from '../../core/api/upload.ts';
import { unreachable } from '../../core/model/assert.ts';
import { isoTime } from '../../core/model/clock.ts';
import { type ProjectName, projectNameSchema } from '../../core/model/ids.ts';
import { asHead } from './any-depth.ts';
import type { ApiEnv } from './api-env.ts';
import { etagOf } from './etag.ts';
import { bytesBody, incoming } from './incoming.ts';
import { body, existing, json, operation, operations } from './operation.ts';
import { noteOwn, ownObject } from './own-objects.ts';
import { ApiProblem } from './problem.ts';
import { principalOf } from './who-asks.ts';
import { wrongBytes } from './wrong-bytes.ts';

const tags = ['Uploads'];
const path = '/projects/{project}/uploads/{upload}';
const params = z.object({ project: projectNameSchema, upload: uploadIdSchema });

const announce = operation(
  'write',
  {
    method: 'post',
    path: '/projects/{project}/uploads',
    operationId: 'announceUpload',
    summary: 'Announce bytes, and learn whether and where to send them',
    description:
      'Only what is missing is sent. Announced again, it goes on where it was cut off. A token for some projects sends also what others have, as it may not know of it.',
    tags,
    request: { params: params.pick({ project: true }), body: body(newUploadSchema) },
  },
  { 200: json(uploadSchema, 'It is there, or where it goes') },
);

const getUpload = operation(
  'write',
  {
    method: 'get',
    path,
    operationId: 'getUpload',
    summary: 'How much of an upload is there',
    description: 'In Upload-Offset too. A part that is under way ends: whoever asks has lost it.',
    tags,
    request: { params },
  },
  { 200: json(uploadSchema, 'How far it is') },
);

const patchUpload = operation(
  'write',
  {
    method: 'patch',
    path,
    operationId: 'appendUpload',
    summary: 'Send the next part of an upload',
    description:
      'What came before a cut is kept, for a day. With the last byte all of it is verified and stored, and the answer is `there`; until then it is 204 with Upload-Offset.',
    tags,
    request: {
      params,
      headers: z.object({
        'upload-offset': z.coerce
          .number()
          .pipe(z.int().min(0))
          .meta({ description: 'where the part begins, in bytes: what HEAD says' }),
      }),
      body: bytesBody('the part'),
    },
  },
  { 200: json(uploadSchema, 'That was the last part'), 204: { description: 'It is kept; more is to come' } },
);

const completeUpload = operation(
  'write',
  {
    method: 'post',
    path: `${path}/complete`,
    operationId: 'completeUpload',
    summary: 'Take what was put at the link of an upload',
    description:
      'All of it is verified, which takes as long as reading it where cold storage keeps no checksum, and then it is in cold, where a commit may name it. What is not the announced bytes is removed. Until then it is kept for a day.',
    tags,
    request: { params },
  },
  { 200: json(uploadSchema, 'It is there') },
);

const dropUpload = operation(
  'write',
  {
    method: 'delete',
    path,
    operationId: 'dropUpload',
    summary: 'Forget what came of an upload',
    tags,
    request: { params },
  },
  { 204: { description: 'Nothing of it is kept' } },
);

export function uploadOperations() {
  const app = operations();
  app.openapi(announce, async (c) => {
    const { project } = c.req.valid('param');
    const { sha, size: sizeBytes } = c.req.valid('json');
    const { uploads, directUploads } = c.get('services');
    const key = await keyOf(c, project, { sha, sizeBytes });
    const found = await ownObject(c, sha);
    if (found && found.sizeBytes !== sizeBytes) {
      throw new ApiProblem('invalid-value', `The object ${sha} has ${found.sizeBytes} bytes.`, { field: 'body.size' });
    }
    if (found && isThere(found)) return c.json(there({ sha, sizeBytes }), 200);
    return c.json(missing(project, key, await uploads.offset(key), await directUploads.link(key)), 200);
  });
  app.openapi(getUpload, async (c) => {
    const { project, upload } = c.req.valid('param');
    const { uploads, directUploads } = c.get('services');
    const key = await keyOf(c, project, upload);
    // First, because a last part that is under way ends with the object.
    const offset = await uploads.offset(key);
    c.header('upload-length', String(upload.sizeBytes));
    if (await isStored(c, upload)) return whole(c, upload);
    c.header('upload-offset', String(offset));
    c.header('upload-complete', '?0');
    return c.json(missing(project, key, offset, await directUploads.link(key)), 200);
  });
  asHead(app, getUpload, 'headUpload');
  app.openapi(patchUpload, async (c) => {
    const { project, upload } = c.req.valid('param');
    const key = await keyOf(c, project, upload);
    const outcome = await c
      .get('services')
      .uploads.append(key, c.req.valid('header')['upload-offset'], incoming(c).bytes);
    if ('offset' in outcome) c.header('upload-offset', String(outcome.offset));
    switch (outcome.kind) {
      case 'stored':
        await noteOwn(c, upload.sha);
        return whole(c, upload);
      case 'appended':
        c.header('upload-complete', '?0');
        return c.body(null, 204);
      case 'other-offset':
        // The last part again, whose answer was lost.
        if (await isStored(c, upload)) return whole(c, upload);
        throw new ApiProblem('upload-offset', `${outcome.offset} bytes are there.`, {
          field: 'header.upload-offset',
          next: `Go on from byte ${outcome.offset}.`,
        });
      case 'too-long':
        throw new ApiProblem('too-large', `There are more bytes than the ${upload.sizeBytes} that were announced.`, {
          field: 'body',
          next: 'Announce the size that it has; a file may have changed meanwhile.',
        });
      case 'wrong-bytes':
        throw wrongBytes(upload.sha, outcome.detail);
      default:
        return unreachable(outcome);
    }
  });
  app.openapi(completeUpload, async (c) => {
    const { project, upload } = c.req.valid('param');
    const key = await keyOf(c, project, upload);
    const outcome = await c.get('services').directUploads.complete(key, project);
    switch (outcome.kind) {
      case 'stored':
        await noteOwn(c, upload.sha);
        return c.json(there(upload), 200);
      case 'absent':
        if (await isStored(c, upload)) return c.json(there(upload), 200);
        throw new ApiProblem('no-upload', 'Nothing was put at the link of this upload.', {
          field: 'path.upload',
          next: 'Announce it: where the answer has `direct`, put the bytes there first; else send them whole or in parts.',
        });
      case 'wrong-bytes':
        throw wrongBytes(upload.sha, outcome.detail);
      default:
        return unreachable(outcome);
    }
  });
  app.openapi(dropUpload, async (c) => {
    const { upload } = c.req.valid('param');
    const key = { actor: principalOf(c).actor, ...upload };
    const { uploads, directUploads } = c.get('services');
    await Promise.all([uploads.drop(key), directUploads.drop(key)]);
    return c.body(null, 204);
  });
  return app;
}

type Upload = Omit<UploadKey, 'actor'>;

/** @throws where there is no such project, as far as whoever asks may know */
async function keyOf(c: Context<ApiEnv>, project: ProjectName, upload: Upload): Promise<UploadKey> {
  existing(project, await c.get('services').queries.project(project));
  return { actor: principalOf(c).actor, ...upload };
}

const isThere = ({ tiers }: ObjectDetail): boolean => tiers.hot || tiers.cold !== null;

/** Who never heard that all of it arrived finds no upload any more, but the object. */
async function isStored(c: Context<ApiEnv>, { sha, sizeBytes }: Upload): Promise<boolean> {
  const found = await ownObject(c, sha);
  return found !== undefined && found.sizeBytes === sizeBytes && isThere(found);
}

const there = ({ sha, sizeBytes }: Upload) => ({ state: 'there', sha, size: sizeBytes }) as const;

function whole(c: Context<ApiEnv>, upload: Upload) {
  c.header('etag', etagOf(upload.sha));
  c.header('upload-complete', '?1');
  c.header('upload-offset', String(upload.sizeBytes));
  return c.json(there(upload), 200);
}

function missing(
  project: ProjectName,
  { sha, sizeBytes }: UploadKey,
  offset: number,
  link: UploadLink | undefined,
): ApiUpload {
  const id = uploadIdOf(sha, sizeBytes);
  const url = `/api/v1/projects/${project}/uploads/${id}`;
  return {
    ...{ state: 'missing', id, sha, size: sizeBytes },
    whole: { method: 'PUT', url: `/api/v1/objects/${sha}` },
    parts: { method: 'PATCH', url, part_bytes: PART_BYTES, offset },
    ...(link && {
      direct: {
        ...{ method: 'PUT', url: link.url, headers: { ...link.headers }, expires_at: isoTime(link.expiresAt) },
        complete: { method: 'POST', url: `${url}/complete` },
      },
    }),
  };
}
