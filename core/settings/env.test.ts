import { expect, test } from 'vitest';
import { coldEnv, commonEnv, hotEnv, httpEnv, lifecycleEnv, natsEnv, readEnv, s3Env } from './env.ts';

const shape = { ...commonEnv, ...httpEnv, ...natsEnv, ...hotEnv, ...coldEnv, ...s3Env, ...lifecycleEnv };

test('nothing set gives the defaults', () => {
  expect(readEnv(shape, {})).toMatchObject({
    PORT: 8080,
    HOST: '127.0.0.1',
    FS_DATA_DIR: './.data',
    FS_TENANT: 'default',
    LOG_LEVEL: 'info',
    S3_REGION: 'us-east-1',
  });
});

test('an empty variable counts as unset', () => {
  expect(readEnv(shape, { PORT: '', NATS_URL: '' })).toMatchObject({ PORT: 8080 });
});

test.each([
  ['PORT', 'eighty', 'port number'],
  ['PORT', '70000', 'from 0 to 65535'],
  ['PORT', '80.5', 'whole'],
  ['FS_TENANT', '../etc', 'a-z, 0-9'],
  ['NATS_URL', 'localhost:4222', 'nats://host:4222'],
  ['NATS_URL', 'wss://host', 'by nats:// or tls://'],
  ['NATS_URL', 'nats://a,ws://host', 'by nats:// or tls://'],
  ['S3_BUCKET', 'My_Bucket', 'bucket name'],
  ['S3_ENDPOINT', 'ftp://x', 'https://'],
  ['LOG_LEVEL', 'loud', 'debug, info'],
  ['S3_FORCE_PATH_STYLE', 'maybe', 'true or false'],
  ['S3_PREFIX', '/backups', 'between slashes'],
  ['S3_PREFIX', 'backups//fleet', 'between slashes'],
  ['S3_PREFIX', 'a/../b', 'between slashes'],
  ['S3_STORAGE_CLASS', 'standard', 'such as STANDARD_IA'],
  ['S3_STORAGE_CLASS', 'DEEP_ARCHIVE', 'cannot be read at once'],
  ['S3_KMS_KEY', 'two words', 'ARN of a key'],
  ['FS_HOT_COMPRESSION', 'gzip', 's2 or none'],
  ['FS_HOT_HIGH_BYTES', 'lots', 'such as 500000, 500kB or 10MiB'],
  ['FS_HOT_LOW_BYTES', '-1', 'at least 1'],
  ['FS_COLD_COMPRESSION', 's2', 'none or gzip'],
  ['S3_PUBLIC_ENDPOINT', 'files.example.net', 'such as https://files'],
  ['S3_LINKS_FROM_BYTES', '1 GB', 'number of bytes'],
])('%s=%s is refused with its name, its value and what is accepted', (name, value, accepted) => {
  const read = () => readEnv(shape, { [name]: value });
  expect(read).toThrow(`${name} is ${JSON.stringify(value)}`);
  expect(read).toThrow(accepted);
});

test('the marks of hot storage take units as all amounts of bytes do', () => {
  const read = readEnv(shape, { FS_HOT_HIGH_BYTES: '2TB', FS_HOT_LOW_BYTES: '50000000000' });
  expect([read.FS_HOT_HIGH_BYTES, read.FS_HOT_LOW_BYTES]).toEqual([2e12, 5e10]);
});

test('a prefix ends in a slash, given or not', () => {
  for (const given of ['backups/fleet-1', 'backups/fleet-1/']) {
    expect(readEnv(shape, { S3_PREFIX: given }).S3_PREFIX).toBe('backups/fleet-1/');
  }
});

test('every bad setting is named at once, and a secret is not shown', () => {
  const read = () => readEnv(shape, { PORT: 'x', FS_ADMIN_TOKEN: 'short' });
  expect(read).toThrow(/PORT.*\n.*FS_ADMIN_TOKEN \(not shown\): give a secret of at least 16/);
  expect(read).not.toThrow(/"short"/);
});

test('a refused address is shown without the password in it', () => {
  const read = () => readEnv(shape, { NATS_URL: 'http://user:hunter2@host:4222' });
  expect(read).toThrow('http://…@host:4222');
  expect(read).not.toThrow(/hunter2/);
});
