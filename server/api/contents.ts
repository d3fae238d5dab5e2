// The bytes of a file or an object as an answer: streamed, in ranges, and refused in the words of the API.

import type { Context } from 'hono';
import { z } from 'zod';
import { type SentObject, sendBytes } from '../../app/send-bytes.ts';
import type { ApiEnv } from './api-env.ts';
import { ApiProblem } from './problem.ts';

const anyBytes = z.string().meta({ format: 'binary', description: 'the bytes' });
const content = { 'application/octet-stream': { schema: anyBytes } } as const;

/** What sends bytes can be asked: RFC 9110. */
export const contentHeaders = z.object({
  range: z.string().optional().meta({ description: 'one range of bytes', example: 'bytes=0-1023' }),
  'if-range': z.string().optional().meta({ description: 'the range only if this is the ETag still; else all of it' }),
  'if-none-match': z.string().optional().meta({ description: '304 where one of these is the ETag' }),
});

export const contentAnswers = {
  200: { description: 'All of it. Its ETag is the sha in quotes', content },
  206: { description: 'The range', content },
  304: { description: 'It is what was named' },
} as const;

export async function sendContents(
  c: Context<ApiEnv>,
  what: SentObject,
  about: Readonly<Record<string, string>>,
): Promise<Response> {
  const answer = await sendBytes(c, what, { 'cache-control': 'private, no-cache', ...about });
  if (answer.status !== 416) return answer;
  c.header('content-range', answer.headers.get('content-range') ?? '');
  throw new ApiProblem('range-not-satisfiable', `It has ${what.sizeBytes} bytes, and none of them in this range.`, {
    field: 'header.range',
  });
}
