// The file by which commands on this machine find the NATS that `fs-sync up` brought: `nats.json` in the data directory,
// for its user only because the login is in the address.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type ReadProcessFile, readProcessFile, writeProcessFile } from './process-file.ts';

const natsFileSchema = z.object({
  /** with the login */
  url: z.string().min(1),
  /** of the nats-server */
  pid: z.int().min(1),
});
export type NamedNats = z.infer<typeof natsFileSchema>;

export const natsFile = (dataDir: string): string => join(dataDir, 'nats.json');

export const writeNatsFile = (dataDir: string, { url, pid }: NamedNats): void =>
  writeProcessFile(natsFile(dataDir), { url, pid });

export const removeNatsFile = (dataDir: string): void => rmSync(natsFile(dataDir), { force: true });

export const readNatsFile = (dataDir: string): ReadProcessFile<NamedNats> =>
  readProcessFile(natsFile(dataDir), natsFileSchema);
