import { expect, test } from 'vitest';
import { addressesOf, hostAndPort } from './nats-address.ts';
import { StoreUnavailableError } from './store-errors.ts';

test.each([
  ['localhost', ['localhost:4222']],
  ['nats://a:1', ['a:1']],
  ['a:1, nats://b ,c:3', ['a:1', 'b:4222', 'c:3']],
  ['nats://[::1]:5222', ['[::1]:5222']],
] as const)('%s is %j', (text, hosts) => {
  expect(addressesOf(text).hosts).toEqual(hosts);
});

test('a login in the address is taken out of it, whatever characters it has', () => {
  const { hosts, authenticator } = addressesOf('nats://us%40er:p%3A%2Fw%20d@host:1');
  expect(hosts).toEqual(['host:1']);
  expect(authenticator?.()).toMatchObject({ user: 'us@er', pass: 'p:/w d' });
});

test('a user without a password is a token', () => {
  expect(addressesOf('nats://t0ken@host').authenticator?.()).toMatchObject({ auth_token: 't0ken' });
});

test('tls:// asks for TLS', () => {
  expect(addressesOf('tls://host').tls).toBe(true);
  expect(addressesOf('nats://host').tls).toBe(false);
});

test('what is no address is named', () => {
  expect(() => addressesOf('nats://:::')).toThrow(StoreUnavailableError);
  expect(() => addressesOf('nats://:::')).toThrow(/give nats:\/\/host:port/);
});

test.each(['ws', 'wss', 'https'])('%s:// is refused with what to give, and without the login', (scheme) => {
  const refused = () => addressesOf(`nats://a,${scheme}://fs:secret@host:443`);
  expect(refused).toThrow(StoreUnavailableError);
  expect(refused).toThrow(/only by nats:\/\/ or tls:\/\//);
  expect(refused).not.toThrow(/secret/);
});

test('a connected server is told by host and port', () => {
  expect(hostAndPort('127.0.0.1:4222')).toEqual({ host: '127.0.0.1', port: 4222 });
  expect(hostAndPort('[::1]:4222')).toEqual({ host: '::1', port: 4222 });
});
