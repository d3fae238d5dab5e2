// The cold tier that the settings name: S3 when there is a bucket, else the embedded directory.
import { join } from 'node:path';
import type { Tenant } from '../model/ids.ts';
import type { ColdCompression } from './cold-objects.ts';
import type { ColdStore } from './cold-store.ts';
import { dirColdStore } from './dir-cold-store.ts';
import type { S3Settings } from './s3-connect.ts';

export interface ColdSettings extends S3Settings {
  readonly FS_TENANT: Tenant;
  readonly FS_DATA_DIR: string;
  /** unset: the directory */
  readonly S3_BUCKET?: string | undefined;
  readonly S3_PREFIX?: string | undefined;
  readonly S3_STORAGE_CLASS?: string | undefined;
  readonly S3_KMS_KEY?: string | undefined;
  /** unset: links have the address of S3_ENDPOINT */
  readonly S3_PUBLIC_ENDPOINT?: string | undefined;
  /** of what is put; unset: none */
  readonly FS_COLD_COMPRESSION?: ColdCompression | undefined;
}

export const coldDirectory = (dataDir: string): string => join(dataDir, 'cold');

export async function openCold(settings: ColdSettings): Promise<ColdStore> {
  const { S3_BUCKET: bucket, S3_PREFIX: prefix, S3_STORAGE_CLASS: storageClass, S3_KMS_KEY: kmsKeyId } = settings;
  const { FS_TENANT: tenant, FS_COLD_COMPRESSION: compression = 'none', S3_PUBLIC_ENDPOINT: publicEndpoint } = settings;
  if (bucket === undefined) return dirColdStore(coldDirectory(settings.FS_DATA_DIR), tenant, { compression });
  // Its SDK takes a tenth of a second of processor time to load, which commands that need no S3 do without.
  const [{ s3ColdStore }, { s3Client }] = await Promise.all([import('./s3-cold-store.ts'), import('./s3-connect.ts')]);
  const client = s3Client(settings);
  return s3ColdStore({
    client,
    linkClient: publicEndpoint === undefined ? client : s3Client({ ...settings, S3_ENDPOINT: publicEndpoint }),
    bucket,
    tenant,
    compression,
    ...(prefix === undefined ? {} : { prefix }),
    ...(storageClass === undefined ? {} : { storageClass }),
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
  });
}

/** Where the settings have it, in words for people. */
export function coldPlace(
  settings: Pick<ColdSettings, 'FS_DATA_DIR' | 'S3_BUCKET' | 'S3_PREFIX' | 'S3_ENDPOINT'>,
): string {
  const { S3_BUCKET: bucket, S3_PREFIX: prefix, S3_ENDPOINT: endpoint } = settings;
  if (bucket === undefined) return `the directory ${coldDirectory(settings.FS_DATA_DIR)}`;
  return `s3://${bucket}${prefix ? `/${prefix}` : ''} at ${endpoint ?? 'AWS'}`;
}
