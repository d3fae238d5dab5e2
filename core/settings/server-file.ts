// The file by which commands on this machine find the server that `fs-sync up` runs: `server.json` in the data directory, for
// its user only because the administrator's token is in it.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type ReadProcessFile, readProcessFile, writeProcessFile } from './process-file.ts';

const serverFileSchema = z.object({
  url: z.url({ protocol: /^https?$/ }),
  token: z.string().min(1),
  /** of `fs-sync up`, which starts the server again when it ends */
  pid: z.int().min(1),
});
export type NamedServer = z.infer<typeof serverFileSchema>;

export const serverFile = (dataDir: string): string => join(dataDir, 'server.json');

export const writeServerFile = (dataDir: string, { url, token, pid }: NamedServer): void =>
  writeProcessFile(serverFile(dataDir), { url, token, pid });

export const removeServerFile = (dataDir: string): void => rmSync(serverFile(dataDir), { force: true });

export const readServerFile = (dataDir: string): ReadProcessFile<NamedServer> =>
  readProcessFile(serverFile(dataDir), serverFileSchema);
