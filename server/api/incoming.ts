// The bytes that a request brings: as they come, and never faster than they are taken. Who sends nothing for a minute is
// told so, because what they send to waits with them.
import type { Context } from 'hono';
import type { Incoming } from '../../app/file-commands.ts';
import { takesLong } from '../../app/long-body.ts';
import { ApiProblem } from './problem.ts';

const SILENT_MS = 60_000;

/** How bytes stand in the document. */
export const bytesBody = (description: string) => ({
  required: true as const,
  description,
  content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } as const } },
});

export function incoming(c: Context): Incoming {
  const { body } = c.req.raw;
  const length = c.req.header('content-length');
  takesLong(c.req.raw);
  if (body === null) return { bytes: nothing(), sizeBytes: 0 };
  return { bytes: untilSilent(body), sizeBytes: length === undefined ? undefined : Number(length) };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* untilSilent(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await unlessSilent(reader.read());
      if (done) return;
      if (value.length > 0) yield value;
    }
  } finally {
    // It is not cancelled: that would end the connection before the answer. The HTTP server takes what is left.
    reader.releaseLock();
  }
}

/** The time counts from the question: while what came before is taken, however slowly, nobody waits for the sender. */
async function unlessSilent<T>(read: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(silent()), SILENT_MS);
  });
  try {
    return await Promise.race([read, silence]);
  } finally {
    clearTimeout(timer);
  }
}

const silent = () =>
  new ApiProblem('request-timeout', `Nothing of the body came for ${SILENT_MS / 1_000} s.`, {
    field: 'body',
    next: 'Send it again; large contents can be sent in parts, by POST /api/v1/projects/<project>/uploads.',
  });
