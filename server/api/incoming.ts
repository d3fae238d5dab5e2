// The bytes that a request brings: as they come, and never faster than they are taken. Who sends nothing for a minute is
// told so, because what they send to waits with them.
import type { Context } from 'hono';
import type { Incoming } from '../../app/file-commands.ts';
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
  if (body === null) return { bytes: nothing(), sizeBytes: 0 };
  return { bytes: untilSilent(body), sizeBytes: length === undefined ? undefined : Number(length) };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* untilSilent(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      if (isSilent) reject(silent());
      isSilent = true;
    }, SILENT_MS);
  });
  let isSilent = false;
  silence.catch(() => undefined);
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), silence]);
      if (done) return;
      isSilent = false;
      if (value.length > 0) yield value;
      // What it was taken for may have taken long; that is not the sender's silence.
      isSilent = false;
    }
  } finally {
    clearInterval(timer);
    reader.releaseLock();
  }
}

const silent = () =>
  new ApiProblem('request-timeout', `Nothing of the body came for ${SILENT_MS / 1_000} s.`, {
    field: 'body',
    next: 'Send it again; large contents can be sent in parts, by POST /api/v1/projects/<project>/uploads.',
  });
