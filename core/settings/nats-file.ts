// The file by which commands on this machine find the NATS that `fs-sync up` brought: `nats.json` in the data directory,
// for its user only because the login is in the address. It is there while that nats-server runs; one that is left from a
// fleet that was killed is known by a process that is gone.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const natsFileSchema = z.object({
  v: z.literal(1),
  /** with the login */
  url: z.string().min(1),
  /** of the nats-server */
  pid: z.int().min(1),
});
export type NamedNats = Omit<z.infer<typeof natsFileSchema>, 'v'>;

export type ReadNatsFile =
  | { readonly kind: 'runs'; readonly nats: NamedNats }
  | { readonly kind: 'ended'; readonly nats: NamedNats }
  | { readonly kind: 'absent' }
  /** `reason` says what stands in the way, without what is in the file */
  | { readonly kind: 'unreadable'; readonly reason: string };

export const natsFile = (dataDir: string): string => join(dataDir, 'nats.json');

/** Whole at every moment: a reader finds the one before, or this one. */
export function writeNatsFile(dataDir: string, { url, pid }: NamedNats): void {
  const file = natsFile(dataDir);
  const draft = `${file}.new`;
  // A mode is given to new files only.
  rmSync(draft, { force: true });
  writeFileSync(draft, `${JSON.stringify({ v: 1, url, pid })}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(draft, file);
}

export function removeNatsFile(dataDir: string): void {
  rmSync(natsFile(dataDir), { force: true });
}

export function readNatsFile(dataDir: string): ReadNatsFile {
  let text: string;
  try {
    text = readFileSync(natsFile(dataDir), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' };
    return { kind: 'unreadable', reason: code ?? String(error) };
  }
  try {
    const { v: _, ...nats } = natsFileSchema.parse(JSON.parse(text));
    return { kind: isRunning(nats.pid) ? 'runs' : 'ended', nats };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return { kind: 'unreadable', reason: 'damaged' };
    throw error;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process runs, too.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
