import { expect, test } from 'vitest';
import { serverSettings } from './settings.ts';
import { shownSettings } from './shown-settings.ts';

const ENV = {
  FS_ADMIN_TOKEN: 'a-secret-of-an-administrator',
  NATS_URL: 'nats://ada:secret@nats.example:4222',
  NATS_CREDS: '/etc/nats/secret.creds',
  FS_HOT_HIGH_BYTES: '10 GB',
};

test('every variable that a server reads is shown, and no secret is', () => {
  const settings = serverSettings(ENV);
  const shown = shownSettings(settings).flatMap((group) => group.settings);
  const { nats: _, ...variables } = settings;
  expect(shown.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(variables)));
  const shownOf = (name: string) => shown.find((one) => one.name === name)?.value;
  expect(shownOf('FS_ADMIN_TOKEN')).toBe('set, not shown');
  expect(shownOf('NATS_CREDS')).toBe('set, not shown');
  expect(shownOf('NATS_URL')).toBe('nats://…@nats.example:4222');
  expect(shownOf('S3_BUCKET')).toBeNull();
  expect(shownOf('PORT')).toBe('8080');
  expect(JSON.stringify(shown)).not.toContain('secret');
});

test.each([
  ['NATS_URL', 'nats://ada:p@ss@nats.example:4222', 'nats://…@nats.example:4222'],
  ['NATS_URL', 'nats://t0ken@nats.example', 'nats://…@nats.example:4222'],
  ['NATS_URL', 'tls://a.example,tls://ada:p@ss@b.example:4223', 'tls://…@a.example:4222, tls://…@b.example:4223'],
  ['NATS_URL', 'nats://nats.example', 'nats://nats.example:4222'],
  ['S3_ENDPOINT', 'https://ada:p@ss@s3.example', 'https://…@s3.example/'],
  ['S3_ENDPOINT', 'https://s3.example', 'https://s3.example'],
])('of %s=%s nothing of a login is shown', (name, value, expected) => {
  const shown = shownSettings(serverSettings({ ...ENV, [name]: value })).flatMap((group) => group.settings);
  expect(shown.find((one) => one.name === name)?.value).toBe(expected);
});
