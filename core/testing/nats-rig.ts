// A real nats-server for one test file: a temporary directory, a free port, fsync off unless asked for (a test that
// kills the process loses nothing by that; only a power loss would). It can be killed and comes back on the same port
// with the same streams.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findNatsServer,
  type NatsServerOptions,
  type RunningNatsServer,
  startNatsServer,
} from '../embedded/nats-server.ts';
import { parseTenant, type Tenant } from '../model/ids.ts';

export interface NatsRig {
  readonly url: string;
  readonly port: number;
  /** the server's program */
  readonly binary: string;
  /** the server's data */
  readonly storeDir: string;
  /** A tenant that no other test uses. */
  freshTenant(): Tenant;
  /** kill -9; the port stays closed until `restart`. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** SIGSTOP: it says nothing more, and its connections stay open, until `goOn`. */
  hang(): void;
  goOn(): void;
  /** Starts it again on the same port and data, killing it first where it still runs. */
  restart(): Promise<void>;
  /** Ends the server and removes its data. */
  close(): Promise<void>;
}

export interface NatsRigOptions
  extends Pick<NatsServerOptions, 'syncInterval' | 'maxPayloadBytes' | 'maxStoreBytes' | 'auth'> {
  /** path of the program; default what `findNatsServer` finds */
  readonly binary?: string;
}

export async function startNatsRig(options: NatsRigOptions = {}): Promise<NatsRig> {
  const binary = options.binary ?? (await findNatsServer()).path;
  const directory = await mkdtemp(join(tmpdir(), 'fs-nats-rig-'));
  const settings: NatsServerOptions = {
    syncInterval: '1s',
    ...options,
    binary,
    storeDir: join(directory, 'store'),
    logFile: join(directory, 'nats.log'),
  };
  let server: RunningNatsServer = await startNatsServer(settings);
  let tenants = 0;
  // A test that fails closes the rig while a restart may be under way: what that starts must end too.
  let restarting: Promise<unknown> = Promise.resolve();
  const { port, url } = server;
  return {
    url,
    port,
    binary,
    storeDir: settings.storeDir,
    freshTenant: () => parseTenant(`t${++tenants}`),
    kill: () => server.kill(),
    stop: () => server.stop(),
    hang: () => void process.kill(server.pid, 'SIGSTOP'),
    goOn: () => void process.kill(server.pid, 'SIGCONT'),
    restart: () => {
      const restarted = (async () => {
        await server.kill();
        server = await startNatsServer({ ...settings, port });
      })();
      restarting = restarted.catch(() => {});
      return restarted;
    },
    close: async () => {
      await restarting;
      await server.kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
