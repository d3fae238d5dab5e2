// Prints what a command has to say.
import { pipeline } from 'node:stream/promises';

export type Print = (lines: readonly string[]) => void;

export const print: Print = (lines) => {
  endWithReader();
  for (const line of lines) process.stdout.write(`${line}\n`);
};

/** Lines or bytes as they come, no faster than whoever reads takes them. */
export async function printed(parts: AsyncIterable<Uint8Array | string>): Promise<void> {
  endWithReader();
  await pipeline(withLineEnds(parts), process.stdout, { end: false });
}

async function* withLineEnds(parts: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array | string> {
  for await (const part of parts) yield typeof part === 'string' ? `${part}\n` : part;
}

let isFollowed = false;

/** Whoever read the lines has gone, as `head` does. Not for what goes on without a reader, as an agent does. */
export function endWithReader(): void {
  if (isFollowed) return;
  isFollowed = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
}

/** Of an option that may be given again. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];
