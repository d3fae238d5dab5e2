// Opens the cold tier that the settings name: S3 when there is a bucket, else the embedded directory.
import { join } from 'node:path';
import type { Log } from '../core/model/log.ts';
import type { ColdStore } from '../core/store/cold-store.ts';
import { dirColdStore } from '../core/store/dir-cold-store.ts';
import { s3ColdStore } from '../core/store/s3-cold-store.ts';
import { s3Client } from '../core/store/s3-connect.ts';
import type { ServerSettings } from './settings.ts';

export async function openCold(settings: ServerSettings, log: Log): Promise<ColdStore> {
  const cold = settings.S3_BUCKET
    ? s3ColdStore({ client: s3Client(settings), bucket: settings.S3_BUCKET, tenant: settings.FS_TENANT })
    : await dirColdStore(join(settings.FS_DATA_DIR, 'cold'), settings.FS_TENANT);
  try {
    const capabilities = await cold.probe();
    log.info({ capabilities }, `cold tier: ${cold.kind}`);
  } catch (error) {
    // Sync does not need cold; archiving waits and says why.
    log.warn({ error }, `cold tier does not work yet: ${error instanceof Error ? error.message : error}`);
  }
  return cold;
}
