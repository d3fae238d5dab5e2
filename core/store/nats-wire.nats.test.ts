// The bare connection for objects against a real server: login, TLS, and the client's connection where it cannot be had.
// What it carries is compared byte by byte.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tokenAuthenticator, usernamePasswordAuthenticator } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { silentLog } from '../model/log.ts';
import { useNats } from '../testing/use-nats.ts';
import { BulkLane } from './nats-bulk-lane.ts';
import { Requests } from './nats-requests.ts';
import { openWire, type Wire, WireUnfitError } from './nats-wire.ts';
import { StoreUnavailableError } from './store-errors.ts';

const nats = useNats({ auth: { user: 'fs', password: 'secret' } });
const login = usernamePasswordAuthenticator('fs', 'secret');

const options = () => ({
  host: '127.0.0.1',
  port: nats.rig.port,
  tls: false,
  name: 'wire',
  authenticator: login,
  timeoutMs: 5_000,
});

/** Answers what it is asked, by the client's connection. */
async function echo(subject: string): Promise<void> {
  nats.link.connection.subscribe(subject, {
    callback: (_, message) => {
      message.respond(message.data);
    },
  });
  await nats.link.connection.flush();
}

test('questions of all sizes are answered, many at once, each with its own answer', async () => {
  await echo('echo');
  const wire = await openWire(options());
  const requests = new Requests(wire, '_INBOX');
  const sizes = [0, 1, 100, 65_536, 700_000, ...Array.from({ length: 40 }, (_, i) => i * 3001)];
  await Promise.all(
    sizes.map(async (size) => {
      const bytes = randomBytes(size);
      const reply = await requests.request('echo', bytes);
      expect(Buffer.from(reply.data).equals(bytes)).toBe(true);
    }),
  );
  wire.close();
});

test('a wrong login is refused', async () => {
  await expect(openWire({ ...options(), authenticator: tokenAuthenticator('wrong') })).rejects.toThrow(/Authorization/);
});

test('a server that wants TLS is not for this connection', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('INFO {"headers":true,"tls_required":true}\r\n');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await expect(openWire({ ...options(), port })).rejects.toThrow(WireUnfitError);
  server.close();
});

test('where the address asks for TLS nothing is sent in the open, also to a server that would do without', async () => {
  await expect(openWire({ ...options(), tls: true })).rejects.toThrow(WireUnfitError);
});

test('what is on its way fails at once when the connection goes, and the next chunk opens another one', async () => {
  await echo('later');
  const silent = nats.link.connection.subscribe('silent', { callback: () => {} });
  await nats.link.connection.flush();
  const opened: Wire[] = [];
  const open = async () => {
    const wire = await openWire(options());
    opened.push(wire);
    return wire;
  };
  const lane = new BulkLane(open, '_INBOX', new Requests(nats.link.connection, '_INBOX'), silentLog);
  const asked = (await lane.requests()).request('silent', 'x', { timeoutMs: 3_600_000 });
  const failed = expect(asked).rejects.toThrow(StoreUnavailableError);
  opened[0]?.close();
  await failed;
  expect(Buffer.from((await (await lane.requests()).request('later', 'again')).data).toString()).toBe('again');
  expect(opened).toHaveLength(2);
  silent.unsubscribe();
  lane.drop('end of the test');
});

test('where no such connection can be had, chunks travel over the common one', async () => {
  await echo('common');
  const client = new Requests(nats.link.connection, '_INBOX');
  const lane = new BulkLane(() => Promise.reject(new WireUnfitError('TLS')), '_INBOX', client, silentLog);
  expect(await lane.requests()).toBe(client);
  expect(Buffer.from((await client.request('common', 'x')).data).toString()).toBe('x');
});
