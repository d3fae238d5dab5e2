// Hints of puts under way over NATS: messages on a plain subject of the project, kept by nobody. What comes in is checked
// before anybody acts on it; what makes no sense, or is of another version, is no hint.
import { z } from 'zod';
import { nodeIdSchema, shaSchema, type Tenant } from '../model/ids.ts';
import { relPathSchema } from '../model/rel-path.ts';
import { decodeSeqs, encodeSeqs } from './nats-chunk-seqs.ts';
import type { NatsLink } from './nats-connect.ts';
import { hintSubject } from './nats-names.ts';
import { type ChunkReader, MAX_TOLD_CHUNKS } from './object-store.ts';
import type { PutHint, PutHints } from './put-hints.ts';

const MAX_HINT_BYTES = 16 * 1024;
/** More than any server takes as one message. */
const MAX_CHUNK_BYTES = 64 * 1024 * 1024;
/** Our own are of 768 KiB, where the server takes that. Of smaller ones, each hint would tell of little and cost as much. */
const MIN_CHUNK_BYTES = 64 * 1024;
/** What the parts of a subject are, without wildcards. */
const NUID = /^[A-Za-z0-9_-]{1,64}$/;

const wireSchema = z.object({
  v: z.literal(1),
  node: nodeIdSchema,
  path: relPathSchema,
  sha: shaSchema,
  size: z.int().min(1),
  nuid: z.string().regex(NUID),
  chunk: z.int().min(1).max(MAX_CHUNK_BYTES),
  first: z.int().min(0),
  count: z.int().min(1).max(MAX_TOLD_CHUNKS),
  /** as in an object's metadata */
  seqs: z.string(),
});

export function natsPutHints(link: NatsLink, tenant: Tenant, objects: ChunkReader): PutHints {
  return {
    tell(project, hint) {
      // The client would keep it until NATS is back.
      if (!link.isConnected) return;
      link.connection.publish(hintSubject(tenant, project), encodeHint(hint));
    },
    listen: (project, heard) => listenOn(link, hintSubject(tenant, project), heard),
    readChunks: (sha, chunks, signal) => objects.readChunks(sha, chunks, signal),
  };
}

function listenOn(link: NatsLink, subject: string, heard: (hint: PutHint) => void): () => void {
  if (link.connection.isClosed()) return () => {};
  const subscription = link.connection.subscribe(subject, {
    callback: (error, message) => {
      const hint = error ? undefined : decodeHint(message.data);
      if (hint) heard(hint);
    },
  });
  return () => subscription.unsubscribe();
}

export function encodeHint({ node, path, sha, sizeBytes, chunks }: PutHint): string {
  const { attempt, chunkBytes, first, seqs } = chunks;
  const message: z.input<typeof wireSchema> = {
    v: 1,
    node,
    path,
    sha,
    size: sizeBytes,
    nuid: attempt,
    chunk: chunkBytes,
    first,
    count: seqs.length,
    seqs: encodeSeqs(seqs),
  };
  return JSON.stringify(message);
}

/** @returns undefined: it is none, or makes no sense */
export function decodeHint(data: Uint8Array): PutHint | undefined {
  if (data.length > MAX_HINT_BYTES) return undefined;
  const parsed = wireSchema.safeParse(parseJson(data));
  if (!parsed.success) return undefined;
  const { node, path, sha, size, nuid, chunk, first, count, seqs: text } = parsed.data;
  if (chunk < Math.min(MIN_CHUNK_BYTES, size)) return undefined;
  const seqs = decodeSeqs(text, count);
  if (!seqs?.every(Number.isSafeInteger) || (first + count - 1) * chunk >= size) return undefined;
  return { node, path, sha, sizeBytes: size, chunks: { attempt: nuid, chunkBytes: chunk, first, seqs } };
}

function parseJson(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString('utf8'));
  } catch {
    return undefined;
  }
}
