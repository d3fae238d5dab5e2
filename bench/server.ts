// What the benches of the GUI measure: a nats-server of their own and a real `fs-sync server` process, signed in to as a
// browser is. FS_BENCH_PROFILE=<directory> keeps a CPU profile of the server.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import type { CommitIo } from '../core/commit/commit.ts';
import { findNatsServer, startNatsServer } from '../core/embedded/nats-server.ts';
import { objectNodes } from '../core/manifest/object-nodes.ts';
import { assert } from '../core/model/assert.ts';
import { systemClock } from '../core/model/clock.ts';
import { parseTenant, type Tenant } from '../core/model/ids.ts';
import { silentLog } from '../core/model/log.ts';
import type { EventLog } from '../core/store/event-log.ts';
import { connectNats } from '../core/store/nats-connect.ts';
import { natsEventLog } from '../core/store/nats-event-log.ts';
import { natsKeyValue } from '../core/store/nats-key-value.ts';
import { indexBucket } from '../core/store/nats-names.ts';
import { natsObjectStore } from '../core/store/nats-object-store.ts';
import { ensureTenant } from '../core/store/nats-setup.ts';
import { withScratch } from './fleet.ts';

export interface BenchedServer {
  readonly tenant: Tenant;
  readonly io: CommitIo;
  readonly events: EventLog;
  readonly url: string;
  /** the administrator's, for the API */
  readonly token: string;
  /** bytes: the most that was resident since its start */
  peakRss(): number;
  /** The answer's head; its body is the caller's. Compressed, as browsers ask for it. @throws unless it is 200 */
  open(path: string): Promise<IncomingMessage>;
}

const TENANT = parseTenant('bench');
const TOKEN = 'bench-admin-token-0123456789';
/** scripts/bench.mjs builds this and runs benches in the project's root. */
const PROGRAM = join(process.cwd(), 'dist/server/main.js');

/** @param before  what is there when the server starts */
export function withServer<T>(
  before: (io: CommitIo) => Promise<void>,
  use: (server: BenchedServer) => Promise<T>,
): Promise<T> {
  return withScratch(async (dir) => {
    const { path: binary } = await findNatsServer();
    const nats = await startNatsServer({ binary, storeDir: join(dir, 'nats'), logFile: join(dir, 'nats.log') });
    const link = await connectNats({ servers: nats.url, name: 'bench', log: silentLog });
    try {
      const objects = natsObjectStore(link, TENANT, await ensureTenant(link, TENANT));
      const index = natsKeyValue(link, indexBucket(TENANT));
      const io = { objects, index, nodes: objectNodes(objects), clock: systemClock };
      await before(io);
      const process = await startServer(dir, nats.url);
      try {
        return await use({ tenant: TENANT, io, events: natsEventLog(link, TENANT), ...process });
      } finally {
        await process.stop();
      }
    } finally {
      await link.close();
      await nats.stop();
    }
  });
}

async function startServer(dir: string, natsUrl: string) {
  const logFile = join(dir, 'server.log');
  const log = openSync(logFile, 'a');
  const profile = process.env.FS_BENCH_PROFILE;
  const child = fork(PROGRAM, [], {
    execArgv: profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [],
    env: {
      ...process.env,
      NATS_URL: natsUrl,
      NATS_CREDS: '',
      S3_BUCKET: '',
      FS_TENANT: TENANT,
      FS_DATA_DIR: join(dir, 'data'),
      FS_ADMIN_TOKEN: TOKEN,
      PORT: '0',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const exited = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: { kind?: string; url?: string }) => {
      if (message.kind === 'ready' && message.url) resolve(message.url);
    });
    exited.then(() =>
      reject(new Error(`the server ended at its start: ${readFileSync(logFile, 'utf8').trim().split('\n').at(-1)}`)),
    );
  });
  const cookie = await signIn(url);
  const agent = new Agent({ keepAlive: true });
  return {
    url,
    token: TOKEN,
    peakRss: () => Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024,
    open: (path: string) =>
      new Promise<IncomingMessage>((resolve, reject) => {
        const headers = { cookie, 'accept-encoding': 'gzip' };
        get(url + path, { agent, headers }, (answer) => {
          if (answer.statusCode === 200) resolve(answer);
          else reject(new Error(`${path} was answered with ${answer.statusCode}`));
        }).on('error', reject);
      }),
    stop: async () => {
      agent.destroy();
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
    },
  };
}

/** @returns the session's cookie */
function signIn(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: url };
    const asking = request(`${url}/sign-in`, { method: 'POST', headers }, (answer) => {
      answer.resume();
      const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0];
      assert(cookie !== undefined, 'the sign-in gives a cookie');
      resolve(cookie);
    });
    asking.on('error', reject).end(`token=${TOKEN}`);
  });
}
