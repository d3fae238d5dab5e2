import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findNatsServer, NatsServerStartError, type RunningNatsServer, startNatsServer } from './nats-server.ts';

let directory: string;
let running: RunningNatsServer[];
let bystanders: ChildProcess[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fs-nats-server-'));
  running = [];
  bystanders = [];
});

afterEach(async () => {
  for (const server of running) await server.kill();
  for (const child of bystanders) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

async function start(options: Partial<Parameters<typeof startNatsServer>[0]> = {}): Promise<RunningNatsServer> {
  const { path } = await findNatsServer();
  const server = await startNatsServer({
    binary: path,
    storeDir: join(directory, 'store'),
    logFile: join(directory, 'nats.log'),
    ...options,
  });
  running.push(server);
  return server;
}

async function startFault(options: Partial<Parameters<typeof startNatsServer>[0]>): Promise<NatsServerStartError> {
  const error: unknown = await start(options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NatsServerStartError);
  return error as NatsServerStartError;
}

test('a started server answers JetStream at once, with fsync before every acknowledgement', async () => {
  const server = await start();
  const connection = await connect({ servers: server.url });
  const account = await (await jetstreamManager(connection)).getAccountInfo();
  await connection.close();
  expect(account.streams).toBe(0);
  expect(await readFile(join(directory, 'store', 'nats-server.conf'), 'utf8')).toContain('sync_interval: "always"');
});

test('the configuration file, which holds the password, is readable by its owner only', async () => {
  await start({ auth: { user: 'fs', password: 'a "quoted" päss/word' } });
  expect((await stat(join(directory, 'store', 'nats-server.conf'))).mode & 0o777).toBe(0o600);
});

test('a client without the password is refused, and the returned address carries it', async () => {
  const server = await start({ auth: { user: 'fs', password: 'p@ss/"word' } });
  await expect(connect({ servers: `127.0.0.1:${server.port}`, reconnect: false })).rejects.toThrow();
  const connection = await connect({ servers: `127.0.0.1:${server.port}`, user: 'fs', pass: 'p@ss/"word' });
  await connection.close();
});

test('streams are there again after a clean stop and after a kill', async () => {
  const first = await start();
  const connection = await connect({ servers: first.url });
  await (await jetstreamManager(connection)).streams.add({ name: 'kept', subjects: ['kept.>'] });
  await connection.close();
  await first.stop();
  const second = await start();
  await second.kill();
  const third = await start();
  const again = await connect({ servers: third.url });
  expect((await (await jetstreamManager(again)).streams.info('kept')).config.name).toBe('kept');
  await again.close();
});

test('a taken port is named, with what to do', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const error = await startFault({ port });
  other.close();
  expect(error.fault).toBe('port-taken');
  expect(error.message).toContain(String(port));
});

test('a store directory that is a file is named', async () => {
  await writeFile(join(directory, 'file'), '');
  const error = await startFault({ storeDir: join(directory, 'file', 'store') });
  expect(error.fault).toBe('store-dir');
  expect(error.message).toContain(join(directory, 'file', 'store'));
});

test('a server that ends at once is reported with its own last words', async () => {
  const binary = join(directory, 'broken');
  await writeFile(binary, '#!/bin/sh\necho "[FTL] cannot work like this" >&2\nexit 3\n');
  await chmod(binary, 0o755);
  const error = await startFault({ binary });
  expect(error.fault).toBe('exited');
  expect(error.message).toContain('cannot work like this');
});

test('a directory that a living process uses is not taken from it', async () => {
  const server = await start();
  const error = await startFault({});
  expect(error.fault).toBe('in-use');
  const connection = await connect({ servers: server.url });
  await connection.close();
});

test('a server that a killed parent left behind is ended and replaced', async () => {
  // A parent that dies at once: the server that it started lives on, and belongs to nobody.
  const first = await start();
  await first.stop();
  const { path } = await findNatsServer();
  const config = join(directory, 'store', 'nats-server.conf');
  const parent = spawn('/bin/sh', ['-c', `"${path}" -c "${config}" & echo $! && wait`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  bystanders.push(parent);
  const [output] = (await once(parent.stdout, 'data')) as [Buffer];
  const orphan = Number(output.toString());
  await writeFile(join(directory, 'store', 'nats-server.owner'), String(parent.pid));
  await writeFile(join(directory, 'store', 'nats-server.pid'), String(orphan));
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  const server = await start();
  expect(server.pid).not.toBe(orphan);
  await expect(readFile(`/proc/${orphan}/cmdline`, 'utf8').catch(() => '')).resolves.toBe('');
});

test('a pid file that names another program harms nobody', async () => {
  const bystander = spawn('/bin/sh', ['-c', 'read line'], { stdio: ['pipe', 'ignore', 'ignore'] });
  bystanders.push(bystander);
  await once(bystander, 'spawn');
  await mkdir(join(directory, 'store'), { recursive: true });
  await writeFile(join(directory, 'store', 'nats-server.pid'), String(bystander.pid));
  await start();
  expect(bystander.exitCode).toBeNull();
  expect(bystander.signalCode).toBeNull();
});
