// Settings come from the environment, parsed once. A bad one stops the start with its name, its value and what is accepted.
import { z } from 'zod';
import { tenantSchema } from '../model/ids.ts';
import '../model/plain-issues.ts';
import { byteAmount } from './byte-amount.ts';

export class SettingsError extends Error {
  override name = 'SettingsError';
}

export type Env = Readonly<Record<string, string | undefined>>;

const SECRET = /TOKEN|SECRET|PASSWORD|CREDS/;

/** @throws SettingsError that lists every bad setting, one a line; secrets are not shown */
export function readEnv<S extends z.ZodRawShape>(shape: S, env: Env): z.infer<z.ZodObject<S>> {
  // An empty variable counts as unset: that is how compose files and shells clear one.
  const given = Object.fromEntries(Object.keys(shape).map((name) => [name, env[name] === '' ? undefined : env[name]]));
  const parsed = z.object(shape).safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0] ?? '');
    const value = given[name];
    const shown = value === undefined ? 'is not set' : SECRET.test(name) ? '(not shown)' : `is ${withoutLogin(value)}`;
    return `${name} ${shown}: ${issue.message}`;
  });
  throw new SettingsError(`These settings are not accepted:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

/** An address may carry a user and a password. */
const withoutLogin = (value: string): string => JSON.stringify(value.replace(/\/\/[^/@,]*@/g, '//…@'));

const port = z.coerce
  .number({ error: 'give a port number from 0 to 65535 (0 takes a free one)' })
  .int('give a whole port number')
  .min(0, 'give a port number from 0 to 65535')
  .max(65535, 'give a port number from 0 to 65535');

const flag = z
  .enum(['true', 'false', '1', '0'], { error: 'give true or false' })
  .transform((v) => v === 'true' || v === '1');

export const commonEnv = {
  FS_DATA_DIR: z.string().default('./.data'),
  FS_TENANT: tenantSchema.default('default' as never),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'], { error: 'give one of debug, info, warn, error' })
    .default('info'),
};

/** Of commands that change something in NATS themselves. */
export const personEnv = {
  /** who runs them, in commits and in the audit log; unset: the user and the machine */
  FS_ACTOR: z.string().max(200, 'give at most 200 characters').optional(),
};

export const httpEnv = {
  PORT: port.default(8080),
  HOST: z.string().min(1).default('127.0.0.1'),
  /** where people reach the server; what links begin with */
  FS_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'give an address such as https://files.example.net' })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  /** requests a second to the API that one token may make, and one address without a token */
  FS_API_RATE: z.coerce
    .number({ error: 'give a number of requests a second, such as 100' })
    .gt(0, 'give a number of requests above 0')
    .max(1_000_000, 'give at most 1000000 requests a second')
    .default(100),
  /** and how many at once; unset: those of ten seconds */
  FS_API_BURST: z.coerce
    .number({ error: 'give a number of requests, such as 1000' })
    .int('give a whole number of requests')
    .min(1, 'give at least 1 request')
    .max(10_000_000, 'give at most 10000000 requests')
    .optional(),
  FS_ADMIN_TOKEN: z.string().min(16, 'give a secret of at least 16 characters').optional(),
  /** what uploads under way may take of the server's disk */
  FS_STAGING_BYTES: byteAmount.default(100e9),
};

export const natsEnv = {
  NATS_URL: z
    .string()
    .regex(
      /^(nats|tls):\/\/[^\s,]+(,(nats|tls):\/\/[^\s,]+)*$/,
      'give one or more addresses by nats:// or tls://, such as nats://host:4222, separated by commas',
    )
    .optional(),
  NATS_CREDS: z.string().optional(),
};

/** A server of a fleet that is elsewhere, for commands of people. */
export const remoteEnv = {
  FS_URL: z.url({ protocol: /^https?$/, error: 'give an address such as https://files.example.net' }).optional(),
  FS_TOKEN: z.string().min(1).optional(),
};

export const hotEnv = {
  /** of objects on NATS's disk; unset: as it is */
  FS_HOT_COMPRESSION: z.enum(['s2', 'none'], { error: 'give s2 or none' }).optional(),
};

export const s3Env = {
  S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'give a bucket name: 3 to 63 of a-z, 0-9, . and -')
    .optional(),
  S3_ENDPOINT: z.url({ protocol: /^https?$/, error: 'give an address such as https://s3.example.net' }).optional(),
  S3_REGION: z.string().min(1).default('us-east-1'),
  S3_FORCE_PATH_STYLE: flag.optional(),
  /** before every key; its end is a slash, given or not */
  S3_PREFIX: z
    .string()
    .max(200, 'give at most 200 characters')
    .regex(
      /^([A-Za-z0-9_-][A-Za-z0-9._-]*)(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\/?$/,
      'give names of A-Z, a-z, 0-9, ., _ and - between slashes, such as backups/fleet-1',
    )
    .transform((prefix) => `${prefix.replace(/\/$/, '')}/`)
    .optional(),
  S3_STORAGE_CLASS: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'give a storage class of the server, such as STANDARD_IA')
    // What was evicted comes back with its first read: from these it would take hours, and a request of its own.
    .refine((name) => name !== 'GLACIER' && name !== 'DEEP_ARCHIVE', {
      error: 'its objects cannot be read at once: give one whose can, such as STANDARD_IA or GLACIER_IR',
    })
    .optional(),
  S3_KMS_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{1,2048}$/, 'give the id, the alias or the ARN of a key of the server’s key management')
    .optional(),
  /** whose address is in links; unset: S3_ENDPOINT */
  S3_PUBLIC_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'give an address such as https://files.example.net' })
    .optional(),
  /** of downloads; unset: all come through the server */
  S3_LINKS_FROM_BYTES: z.coerce
    .number({ error: 'give a number of bytes, such as 100000000' })
    .int('give a whole number of bytes')
    .min(0, 'give 0 or more bytes')
    .optional(),
};

export const coldEnv = {
  /** of objects that are archived from now on */
  FS_COLD_COMPRESSION: z.enum(['none', 'gzip'], { error: 'give none or gzip' }).default('none'),
};

export const webhookEnv = {
  /** whether webhooks may lead to one's own network, also over plain HTTP */
  FS_WEBHOOK_ALLOW_PRIVATE: flag.default(false),
};

export const lifecycleEnv = {
  /** above this much, hot is emptied of what was used the longest time ago */
  FS_HOT_HIGH_BYTES: byteAmount.optional(),
  /** until this much is left; default: nine tenths of the high mark */
  FS_HOT_LOW_BYTES: byteAmount.optional(),
  FS_EVICT_IDLE_DAYS: z.coerce
    .number({ error: 'give a number of days, such as 30' })
    .gt(0, 'give a number of days above 0')
    .optional(),
  /** records of jobs that ended earlier are removed */
  FS_JOB_HISTORY_DAYS: z.coerce
    .number({ error: 'give a number of days, such as 90' })
    .min(1, 'give at least 1 day')
    .default(90),
};
