// The peer of the sync benches: two Syncthing instances on loopback, at the fastest watcher setting that it has, told by
// its configuration to talk to nobody else. It is used where it is installed (`syncthing` on PATH, or SYNCTHING_BIN).
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { withScratch } from './fleet.ts';
import type { Row } from './row.ts';
import type { Pair } from './tree.ts';

/** the smallest that it accepts */
const WATCHER_DELAY_S = 0.01;
const FOLDER = 'bench';
const START_MS = 60_000;

const statusSchema = z.object({ myID: z.string() });
const connectionsSchema = z.object({ connections: z.record(z.string(), z.object({ connected: z.boolean() })) });
const folderSchema = z.object({ state: z.string() });

interface Instance {
  readonly deviceId: string;
  readonly folder: string;
  readonly listen: string;
  ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** @returns undefined when there is none here: that is said once, and the rows have no peer */
export async function withSyncthing<T>(use: (pair: Pair) => Promise<T>): Promise<T | undefined> {
  const binary = process.env.SYNCTHING_BIN || 'syncthing';
  const version = await versionOf(binary);
  if (version === undefined) {
    console.error('No peer: Syncthing is not installed (apt-get install syncthing, or set SYNCTHING_BIN to its path).');
    return undefined;
  }
  return withScratch(async (scratch) => {
    const instances: Instance[] = [];
    try {
      for (const node of ['a', 'b']) instances.push(await start(binary, scratch, node));
      const [a, b] = instances;
      if (!a || !b) throw new Error('two instances were started');
      await share(a, b);
      await share(b, a);
      await untilConnected(a, b);
      await untilConnected(b, a);
      return await use({ name: version, scratch, a: a.folder, b: b.folder });
    } finally {
      await Promise.all(instances.map((instance) => instance.stop()));
    }
  });
}

/** The part of a row that names the peer, and whether we are as many times better as we have to be. */
export function besides(
  better: Row['better'],
  value: number,
  peer: { readonly name: string; readonly value: number } | undefined,
): { readonly columns: Pick<Row, 'peer' | 'peerValue' | 'ratio'>; readonly ratio: number } {
  if (!peer) return { columns: {}, ratio: Number.POSITIVE_INFINITY };
  const ratio = better === 'lower' ? peer.value / value : value / peer.value;
  return { columns: { peer: peer.name, peerValue: peer.value, ratio }, ratio };
}

async function versionOf(binary: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(binary, ['--version']);
    return /^syncthing v\d+\.\d+\.\d+/.exec(stdout)?.[0].replace(' v', ' ');
  } catch {
    return undefined;
  }
}

async function start(binary: string, scratch: string, node: string): Promise<Instance> {
  const [home, folder] = [join(scratch, `home-${node}`), join(scratch, `folder-${node}`)];
  for (const directory of [home, folder]) await mkdir(directory, { recursive: true });
  const key = randomBytes(16).toString('hex');
  const gui = `127.0.0.1:${await freePort()}`;
  const listen = `tcp://127.0.0.1:${await freePort()}`;
  await writeFile(join(home, 'config.xml'), configOf(gui, key, listen));
  const log = openSync(join(scratch, `syncthing-${node}.log`), 'a');
  const child = spawn(binary, ['serve', '--home', home, '--no-browser', '--no-restart'], {
    env: { ...process.env, STNOUPGRADE: '1', STNODEFAULTFOLDER: '1' },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const stop = stopperOf(child);
  const ask: Instance['ask'] = async (method, path, body) => {
    const response = await fetch(`http://${gui}/rest/${path}`, {
      method,
      headers: { 'X-API-Key': key },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`Syncthing answers ${response.status} to ${path}: ${await response.text()}`);
    const text = await response.text();
    return text === '' ? undefined : JSON.parse(text);
  };
  try {
    const { myID } = await answered(async () => statusSchema.parse(await ask('GET', 'system/status')));
    return { deviceId: myID, folder, listen, ask, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** In the file from the beginning: an instance that had to be told after its start would call its makers first. */
const configOf = (gui: string, key: string, listen: string): string => `<configuration version="35">
  <gui enabled="true" tls="false"><address>${gui}</address><apikey>${key}</apikey></gui>
  <options>
    <listenAddress>${listen}</listenAddress>
    <globalAnnounceEnabled>false</globalAnnounceEnabled>
    <localAnnounceEnabled>false</localAnnounceEnabled>
    <relaysEnabled>false</relaysEnabled>
    <natEnabled>false</natEnabled>
    <urAccepted>-1</urAccepted>
    <urURL></urURL>
    <autoUpgradeIntervalH>0</autoUpgradeIntervalH>
    <crashReportingEnabled>false</crashReportingEnabled>
    <stunKeepaliveStartS>0</stunKeepaliveStartS>
    <startBrowser>false</startBrowser>
  </options>
</configuration>
`;

async function share(one: Instance, other: Instance): Promise<void> {
  await one.ask('POST', 'config/devices', { deviceID: other.deviceId, addresses: [other.listen] });
  await one.ask('POST', 'config/folders', {
    id: FOLDER,
    path: one.folder,
    devices: [{ deviceID: one.deviceId }, { deviceID: other.deviceId }],
    fsWatcherEnabled: true,
    fsWatcherDelayS: WATCHER_DELAY_S,
  });
}

async function untilConnected(one: Instance, other: Instance): Promise<void> {
  await answered(async () => {
    const { connections } = connectionsSchema.parse(await one.ask('GET', 'system/connections'));
    if (connections[other.deviceId]?.connected !== true) throw new Error('the instances are not connected');
    const { state } = folderSchema.parse(await one.ask('GET', `db/status?folder=${FOLDER}`));
    if (state !== 'idle') throw new Error(`the folder is ${state}`);
  });
}

async function answered<T>(question: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    try {
      return await question();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

/** The process that is started watches over another, and passes this signal on to it. */
function stopperOf(child: ChildProcess): () => Promise<void> {
  const gone = once(child, 'exit');
  const end = () => void child.kill('SIGTERM');
  process.once('exit', end);
  return async () => {
    if (child.exitCode === null && child.signalCode === null) end();
    await gone;
    process.removeListener('exit', end);
  };
}
