// Brings the bytes of one file to a server: small ones whole, large ones in parts. Before each part the server is asked how much it
// has, so that a line that was cut, a server that began anew and a run that was killed are all gone on with in the same way.
import { Readable } from 'node:stream';
import { objectPutSchema } from '../../core/api/object.ts';
import { PART_BYTES, uploadSchema } from '../../core/api/upload.ts';
import { systemClock } from '../../core/model/clock.ts';
import type { ProjectName, Sha } from '../../core/model/ids.ts';
import type { ApiClient } from './api-client.ts';
import { ApiRefusedError, ServerAwayError, StrangeServerError } from './api-errors.ts';
import { type OnDisk, readLocal } from './local-files.ts';

export interface SendIo {
  readonly client: ApiClient;
  readonly project: ProjectName;
  /** bytes that were sent, or are there already: each is told once, however often it has to be sent */
  readonly moved: (bytes: number) => void;
}

export interface SentFile {
  readonly from: OnDisk;
  readonly sha: Sha;
  readonly size: number;
}

/** How often in a row a line may be cut that brought nothing. */
const MOST_CUTS = 5;

/** @throws ApiRefusedError `hash-mismatch`  the file is not what its sha says any more; and what `ApiClient.send` throws */
export async function sendFile(io: SendIo, file: SentFile): Promise<void> {
  let told = 0;
  const reached = (offset: number) => {
    if (offset <= told) return;
    io.moved(offset - told);
    told = offset;
  };
  if (file.size < PART_BYTES) await sendWhole(io, file, reached);
  else await sendInParts(io, file, reached);
  reached(file.size);
}

type Reached = (offset: number) => void;

async function sendWhole({ client }: SendIo, { from, sha, size }: SentFile, reached: Reached): Promise<void> {
  for (let cuts = 0; ; cuts++) {
    try {
      const body = { sizeBytes: size, bytes: () => bytesBetween(from, 0, size, reached) };
      await client.send(objectPutSchema, 'PUT', `/objects/${sha}`, body);
      return;
    } catch (error) {
      await afterCut(error, cuts);
    }
  }
}

async function sendInParts(io: SendIo, { from, sha, size }: SentFile, reached: Reached): Promise<void> {
  const { client, project } = io;
  for (let have = -1, cuts = 0; ; cuts++) {
    try {
      const upload = await client.json(uploadSchema, 'POST', `/projects/${project}/uploads`, { json: { sha, size } });
      if (upload.state === 'there') return;
      const { offset, part_bytes } = upload.parts;
      if (offset > have) cuts = 0;
      else if (cuts > MOST_CUTS) throw keepsNothing(client);
      have = Math.max(have, offset);
      reached(offset);
      const end = Math.min(size, offset + part_bytes);
      const isLast = end === size;
      await client.send(isLast ? uploadSchema : undefined, 'PATCH', `/projects/${project}/uploads/${upload.id}`, {
        sizeBytes: end - offset,
        bytes: () => bytesBetween(from, offset, end, reached),
        headers: { 'upload-offset': String(offset) },
      });
      if (isLast) return;
    } catch (error) {
      await afterCut(error, cuts);
    }
  }
}

/** @param error  thrown again, unless it may be better soon: the line was cut, or another run is sending the same file */
async function afterCut(error: unknown, cuts: number): Promise<void> {
  const mayPass =
    error instanceof ServerAwayError || (error instanceof ApiRefusedError && error.problem.code === 'upload-offset');
  if (!mayPass || cuts >= MOST_CUTS) throw error;
  await systemClock.sleep(400 * 2 ** cuts);
}

/** @param end  the first byte that is none of it any more */
function bytesBetween(from: OnDisk, start: number, end: number, reached: Reached): Readable {
  // A stream takes its last byte, and has no way to say that there is none.
  if (start === end) return Readable.from([]);
  let at = start;
  return readLocal(from, { start, end: end - 1 }).on('data', (bytes) => {
    at += bytes.length;
    reached(at);
  });
}

const keepsNothing = ({ server }: ApiClient): StrangeServerError =>
  new StrangeServerError(
    `${server.url} does not have the parts that it took: behind a balancer, all that one client asks has to reach the same server`,
  );
