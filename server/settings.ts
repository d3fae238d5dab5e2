// What `fs-sync server` can be told.
import { resolve } from 'node:path';
import type { z } from 'zod';
import { commonEnv, type Env, httpEnv, natsEnv, readEnv, SettingsError, s3Env } from '../core/settings/env.ts';
import { type WhichNats, whichNats } from '../core/settings/which-nats.ts';

const shape = { ...commonEnv, ...httpEnv, ...natsEnv, ...s3Env };
export type ServerSettings = z.infer<z.ZodObject<typeof shape>> & {
  readonly nats: WhichNats;
  readonly FS_ADMIN_TOKEN: string;
};

/** @throws SettingsError that names what is wrong and what is accepted */
export function serverSettings(env: Env): ServerSettings {
  const settings = readEnv(shape, env);
  const nats = whichNats(settings);
  const { FS_ADMIN_TOKEN } = settings;
  if (!FS_ADMIN_TOKEN) {
    throw new SettingsError(
      'FS_ADMIN_TOKEN is not set: give a secret of at least 16 characters that signs the first administrator in, for example the output of `openssl rand -hex 24`',
    );
  }
  return { ...settings, FS_DATA_DIR: resolve(settings.FS_DATA_DIR), nats, FS_ADMIN_TOKEN };
}
