// What `fs-sync server` can be told.
import { resolve } from 'node:path';
import type { z } from 'zod';
import { commonEnv, type Env, httpEnv, natsEnv, readEnv, SettingsError, s3Env } from '../core/settings/env.ts';

const shape = { ...commonEnv, ...httpEnv, ...natsEnv, ...s3Env };
export type ServerSettings = z.infer<z.ZodObject<typeof shape>> & {
  readonly NATS_URL: string;
  readonly FS_ADMIN_TOKEN: string;
};

/** @throws SettingsError that names what is wrong and what is accepted */
export function serverSettings(env: Env): ServerSettings {
  const settings = readEnv(shape, env);
  const { NATS_URL, FS_ADMIN_TOKEN } = settings;
  if (!NATS_URL) {
    throw new SettingsError(
      'NATS_URL is not set: give the address of a NATS server, or use `fs-sync up`, which brings its own',
    );
  }
  if (!FS_ADMIN_TOKEN) {
    throw new SettingsError(
      'FS_ADMIN_TOKEN is not set: give a secret of at least 16 characters that signs the first administrator in, for example the output of `openssl rand -hex 24`',
    );
  }
  return { ...settings, FS_DATA_DIR: resolve(settings.FS_DATA_DIR), NATS_URL, FS_ADMIN_TOKEN };
}
