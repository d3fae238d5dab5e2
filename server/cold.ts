// The cold tier that the settings name: S3 when there is a bucket, else the embedded directory.
import { join } from 'node:path';
import type { Clock } from '../core/model/clock.ts';
import type { Log } from '../core/model/log.ts';
import type { ColdStore } from '../core/store/cold-store.ts';
import { dirColdStore } from '../core/store/dir-cold-store.ts';
import { s3ColdStore } from '../core/store/s3-cold-store.ts';
import { s3Client } from '../core/store/s3-connect.ts';
import type { Health } from './health.ts';
import type { ServerSettings } from './settings.ts';

export async function openCold(settings: ServerSettings): Promise<ColdStore> {
  const { S3_BUCKET: bucket, S3_PREFIX: prefix, S3_STORAGE_CLASS: storageClass, S3_KMS_KEY: kmsKeyId } = settings;
  const { FS_TENANT: tenant } = settings;
  if (bucket === undefined) return dirColdStore(join(settings.FS_DATA_DIR, 'cold'), tenant);
  return s3ColdStore({
    client: s3Client(settings),
    bucket,
    tenant,
    ...(prefix === undefined ? {} : { prefix }),
    ...(storageClass === undefined ? {} : { storageClass }),
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
  });
}

const PROBE_RETRY_MS = 15_000;

/** Sees once what the cold tier can do. Sync does not need it, so a server starts without; until it answers, the pages say
 *  what is wrong. */
export async function probeCold(
  cold: ColdStore,
  health: Health,
  { signal, clock, log }: { readonly signal: AbortSignal; readonly clock: Clock; readonly log: Log },
): Promise<void> {
  while (!signal.aborted) {
    try {
      const capabilities = await cold.probe();
      log.info({ capabilities }, `cold tier: ${cold.kind}`);
      health.coldWorked();
      return;
    } catch (error) {
      log.warn({ error }, `cold storage does not work yet: ${error instanceof Error ? error.message : error}`);
      health.coldFailed(error, PROBE_RETRY_MS);
    }
    await clock.sleep(PROBE_RETRY_MS, signal).catch(() => undefined);
  }
}
