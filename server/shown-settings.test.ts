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
