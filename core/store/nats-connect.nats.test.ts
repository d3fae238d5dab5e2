import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog } from '../model/log.ts';
import { type NatsRig, startNatsRig } from '../testing/nats-rig.ts';
import { connectNats, type LinkStatus, NatsUnreachableError } from './nats-connect.ts';
import { StoreDeniedError, StoreUnavailableError } from './store-errors.ts';

let rig: NatsRig;
const auth = { user: 'fs', password: 'p@ss:word/1' };

beforeAll(async () => {
  rig = await startNatsRig({ auth });
});
afterAll(() => rig.close());

const link = () => connectNats({ servers: rig.url, name: 'test', log: silentLog });

test('the address carries the login', async () => {
  const connected = await link();
  expect(connected.isConnected).toBe(true);
  expect(connected.awaySince).toBeUndefined();
  await connected.close();
});

test('a wrong password is refused by name, with what to check', async () => {
  const wrong = connectNats({ servers: `nats://fs:wrong@127.0.0.1:${rig.port}`, name: 'test', log: silentLog });
  await expect(wrong).rejects.toThrow(StoreDeniedError);
  await expect(wrong).rejects.toThrow(/NATS_CREDS/);
});

test('a server that is not there is named with its address', async () => {
  const nowhere = connectNats({ servers: 'nats://127.0.0.1:1', name: 'test', log: silentLog });
  await expect(nowhere).rejects.toThrow(NatsUnreachableError);
  await expect(nowhere).rejects.toThrow(/127\.0\.0\.1:1 does not answer/);
});

test('while NATS is away a request fails at once and says since when; when it is back, it is answered', async () => {
  const connected = await link();
  const seen: LinkStatus['kind'][] = [];
  connected.onStatus((status) => seen.push(status.kind));
  const away = new Promise<void>((resolve) => {
    connected.onStatus((status) => status.kind === 'away' && resolve());
  });
  await rig.kill();
  await away;
  expect(connected.isConnected).toBe(false);
  expect(connected.awaySince).toBeTypeOf('number');
  const refused = connected.request('$JS.API.INFO');
  await expect(refused).rejects.toThrow(StoreUnavailableError);
  await expect(refused).rejects.toThrow(/away since/);
  await rig.restart();
  await connected.untilConnected();
  await connected.request('$JS.API.INFO');
  expect(seen).toEqual(['connected', 'away', 'connected']);
  await connected.close();
});

test('a request that is on its way when NATS goes fails at once', async () => {
  const connected = await link();
  const silent = connected.connection.subscribe('nobody.answers', { callback: () => {} });
  const asked = connected.request('nobody.answers', '', { timeoutMs: 3_600_000 });
  const failed = expect(asked).rejects.toThrow(StoreUnavailableError);
  await connected.connection.flush();
  await rig.kill();
  await failed;
  silent.unsubscribe();
  await connected.close();
  await rig.restart();
});

test('waiting for the connection ends with the signal, and when the link is closed', async () => {
  const connected = await link();
  await rig.kill();
  await new Promise<void>((resolve) => {
    connected.onStatus((status) => status.kind === 'away' && resolve());
  });
  const stop = new AbortController();
  const waiting = connected.untilConnected(stop.signal);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  const other = expect(connected.untilConnected()).rejects.toThrow(StoreUnavailableError);
  await connected.close();
  await other;
  await rig.restart();
});

test('a question that nobody answers is reported as not available, not as a timeout', async () => {
  const connected = await link();
  await expect(connected.request('no.such.service')).rejects.toThrow(StoreUnavailableError);
  await connected.close();
});
