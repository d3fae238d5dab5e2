// Prints what a command has to say.

export type Print = (lines: readonly string[]) => void;

export const print: Print = (lines) => {
  endWithReader();
  for (const line of lines) process.stdout.write(`${line}\n`);
};

let isFollowed = false;

/** Whoever read the lines has gone, as `head` does. Not for what goes on without a reader, as an agent does. */
export function endWithReader(): void {
  if (isFollowed) return;
  isFollowed = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
}

/** Of an option that may be given again. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];
