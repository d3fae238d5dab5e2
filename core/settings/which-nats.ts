// Which NATS a command talks to. NATS_URL comes first; without it, the one that `fs-sync up` runs with the same data
// directory. Whoever connects asks here, so that all commands look at the same places and say the same.
import { resolve } from 'node:path';
import { SettingsError } from './env.ts';
import { natsFile, readNatsFile } from './nats-file.ts';

export interface NatsSettings {
  readonly FS_DATA_DIR: string;
  readonly NATS_URL?: string | undefined;
  readonly NATS_CREDS?: string | undefined;
}

/** What `connectNats` takes. */
export interface WhichNats {
  readonly servers: string;
  readonly creds?: string;
  /** for a person, when it does not answer, or does not accept the login */
  readonly nextStep: string;
}

/** @throws SettingsError  none is named, or the one that is has ended */
export function whichNats({ FS_DATA_DIR, NATS_URL, NATS_CREDS }: NatsSettings): WhichNats {
  if (NATS_URL !== undefined) {
    const nextStep = 'check NATS_URL, NATS_CREDS and that the server runs';
    return { servers: NATS_URL, ...(NATS_CREDS !== undefined && { creds: NATS_CREDS }), nextStep };
  }
  const dataDir = resolve(FS_DATA_DIR);
  const file = natsFile(dataDir);
  const found = readNatsFile(dataDir);
  switch (found.kind) {
    case 'runs':
      // The login is in the address: NATS_CREDS belongs to NATS_URL.
      return { servers: found.named.url, nextStep: `it is named by ${file}: ${START}, or set NATS_URL` };
    case 'ended':
      throw new SettingsError(
        `NATS_URL is not set, and the nats-server that ${file} names (process ${found.named.pid}) has ended: ${START}, or set NATS_URL`,
      );
    case 'unreadable':
      throw new SettingsError(
        `NATS_URL is not set, and ${file}, which names the NATS of \`npx fs-sync up\`, cannot be read (${found.reason}): run this as the user who started that, start it again, or set NATS_URL`,
      );
    case 'absent':
      throw new SettingsError(
        `NATS_URL is not set, and no \`npx fs-sync up\` runs with this data directory (there is no ${file}): give the address of NATS, such as NATS_URL=nats://host:4222, or the FS_DATA_DIR of a fleet that runs`,
      );
  }
}

const START = 'start that fleet again (npm start)';
