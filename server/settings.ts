// What `fs-sync server` can be told.
import { resolve } from 'node:path';
import type { z } from 'zod';
import {
  coldEnv,
  commonEnv,
  type Env,
  hotEnv,
  httpEnv,
  lifecycleEnv,
  natsEnv,
  readEnv,
  SettingsError,
  s3Env,
  webhookEnv,
} from '../core/settings/env.ts';
import { type WhichNats, whichNats } from '../core/settings/which-nats.ts';

const shape = { ...commonEnv, ...httpEnv, ...natsEnv, ...hotEnv, ...coldEnv, ...s3Env, ...webhookEnv, ...lifecycleEnv };
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
  const { FS_HOT_HIGH_BYTES: high, FS_HOT_LOW_BYTES: low } = settings;
  if (low !== undefined && (high === undefined || low > high)) {
    throw new SettingsError(
      `FS_HOT_LOW_BYTES is ${low}, and FS_HOT_HIGH_BYTES is ${high ?? 'not set'}: give a high mark that is not below the low one`,
    );
  }
  return { ...settings, FS_DATA_DIR: resolve(settings.FS_DATA_DIR), nats, FS_ADMIN_TOKEN };
}
