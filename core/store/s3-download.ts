// Opens an object of S3 for reading, whole or in part, and hands its bytes on as they come.
import { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ByteRange } from './object-store.ts';
import { abortedBy } from './s3-connect.ts';
import { httpStatus } from './s3-errors.ts';
import { StoreUnavailableError } from './store-errors.ts';

export interface OpenedBody {
  /** of the whole object */
  readonly sizeBytes: number;
  /** It holds a connection until it is read, left or cancelled. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Gives the connection back, also where nothing was read yet. */
  cancel(): void;
}

type Place = { readonly Bucket: string; readonly Key: string };

/** @throws the SDK's errors, also while reading */
export async function openBody(
  client: S3Client,
  place: Place,
  { range, signal }: { readonly range?: ByteRange | undefined; readonly signal?: AbortSignal | undefined },
): Promise<OpenedBody> {
  // HTTP has no range of no bytes.
  if (range && range.end <= range.start) return emptyRange(client, place);
  const Range = range && `bytes=${range.start}-${range.end - 1}`;
  const command = new GetObjectCommand({ ...place, ...(Range === undefined ? {} : { Range }) });
  const answer = await client.send(command, abortedBy(signal)).catch((error: unknown) => {
    // The range starts after the object's end.
    if (range && httpStatus(error) === 416) return undefined;
    throw error;
  });
  if (!answer) return emptyRange(client, place);

  const { Body, ContentLength, ContentRange } = answer;
  const sizeBytes = range ? Number(/\/(\d+)$/.exec(ContentRange ?? '')?.[1]) : ContentLength;
  if (!(Body instanceof Readable) || ContentLength === undefined || !Number.isSafeInteger(sizeBytes)) {
    if (Body instanceof Readable) Body.destroy();
    throw new StoreUnavailableError('cold', `s3://${place.Bucket}/${place.Key} is answered without a usable length`);
  }
  return { sizeBytes: Number(sizeBytes), bytes: read(Body, ContentLength, signal), cancel: () => Body.destroy() };
}

async function emptyRange(client: S3Client, place: Place): Promise<OpenedBody> {
  const { ContentLength } = await client.send(new HeadObjectCommand(place));
  return { sizeBytes: ContentLength ?? 0, bytes: Readable.from([]), cancel: () => undefined };
}

async function* read(
  body: Readable,
  expectedBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const onAbort = () => body.destroy(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  let seen = 0;
  try {
    signal?.throwIfAborted();
    for await (const part of body) {
      seen += part.length;
      yield part;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    body.destroy();
  }
  if (seen < expectedBytes)
    throw new StoreUnavailableError('cold', `the answer ended after ${seen} of ${expectedBytes} bytes`);
}
