// `fs-sync up`, what `npm start` runs: a whole fleet on one machine. It brings nats-server and the cold tier where none is
// named, starts the server and two agents as processes of their own, keeps them running, and ends them all on Ctrl-C.
import { access, constants, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRadosgw } from '../../core/embedded/radosgw.ts';
import { hasRestorePoints, projectsOf } from '../../core/lifecycle/restore-index.ts';
import { objectNodes } from '../../core/manifest/object-nodes.ts';
import { systemClock } from '../../core/model/clock.ts';
import type { Tenant } from '../../core/model/ids.ts';
import { silentLog } from '../../core/model/log.ts';
import { commonEnv, type Env, httpEnv, natsEnv, readEnv, SettingsError, s3Env } from '../../core/settings/env.ts';
import { readServerFile, removeServerFile, serverFile, writeServerFile } from '../../core/settings/server-file.ts';
import { type WhichNats, whichNats } from '../../core/settings/which-nats.ts';
import { dirColdStore } from '../../core/store/dir-cold-store.ts';
import { connectNats } from '../../core/store/nats-connect.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { indexBucket } from '../../core/store/nats-names.ts';
import { natsObjectStore } from '../../core/store/nats-object-store.ts';
import { ensureTenant } from '../../core/store/nats-setup.ts';
import { coldDirectory } from '../../core/store/open-cold.ts';
import { AGENT_THREADS } from './agent-threads.ts';
import { Child } from './child.ts';
import { DEMO, seedDemo } from './demo.ts';
import { EndWish } from './end-wish.ts';
import { LocalNats } from './local-nats.ts';
import { keptSecret } from './secrets.ts';

export interface UpOptions {
  /** bring a real S3 server up in place of the cold directory */
  readonly s3: boolean;
}

const NODES = ['node-a', 'node-b'] as const;
const LOOK_MS = 5_000;

/** Where the built programs lie; this file ends up one level under dist/. */
const SERVER_PROGRAM = fileURLToPath(new URL('../server/main.js', import.meta.url));
const AGENT_PROGRAM = fileURLToPath(new URL('../agent/fs-sync.js', import.meta.url));
const DEMO_FILES = fileURLToPath(new URL('../../docs/demo', import.meta.url));

/** Runs until the person ends it. @throws errors whose message says what to do, when something cannot start */
export async function up(options: UpOptions, env: Env): Promise<void> {
  const settings = readEnv({ ...commonEnv, ...httpEnv, ...natsEnv, ...s3Env }, env);
  if (options.s3 && settings.S3_BUCKET) {
    throw new SettingsError('--s3 brings an S3 server of its own, but S3_BUCKET names another: leave one of them out');
  }
  const dataDir = resolve(settings.FS_DATA_DIR);
  await prepare(dataDir);
  await requireNotUp(dataDir);
  if (settings.PORT !== 0) await requireFreePort(settings.PORT, settings.HOST);

  const fleet = new LocalFleet();
  const ended = fleet.endOnSignals();
  try {
    const nats = settings.NATS_URL === undefined ? await fleet.startNats(dataDir) : whichNats(settings);
    const adminToken = settings.FS_ADMIN_TOKEN ?? (await keptSecret(join(dataDir, 'admin-token')));
    const childEnv: Env = {
      ...env,
      FS_DATA_DIR: dataDir,
      NATS_URL: nats.servers,
      NATS_CREDS: nats.creds,
      FS_ADMIN_TOKEN: adminToken,
      ...(options.s3 ? await fleet.startS3(dataDir) : {}),
    };
    const workspaces = NODES.map((node) => join(dataDir, 'nodes', node, DEMO));
    const ownCold = childEnv.S3_BUCKET ? undefined : coldDirectory(dataDir);
    await seed({ tenant: settings.FS_TENANT, nats, ownCold, workspace: workspaces[0] ?? '' });

    const url = await fleet.startChild('server', SERVER_PROGRAM, [], childEnv, dataDir);
    if (url !== undefined) fleet.tellServer(dataDir, { url, token: adminToken });
    for (const [i, node] of NODES.entries()) {
      const args = ['agent', '--node', node, '--workspace', `${DEMO}=${workspaces[i]}`];
      // An agent that waits for something says so on the screen; it holds nobody up.
      const agentEnv = { ...AGENT_THREADS, FS_WORKSPACE_DIRS: join(dataDir, 'nodes', node), ...childEnv };
      void fleet.startChild(node, AGENT_PROGRAM, args, agentEnv, dataDir).catch((error: Error) => fleet.fail(error));
    }
    say(
      welcome({
        url: url ?? '',
        token: adminToken,
        workspaces,
        natsUrl: nats.servers,
        cold: coldName(childEnv, dataDir),
      }),
    );
    process.send?.({ kind: 'ready', url });
    await ended;
  } finally {
    await fleet.stop();
    // An open channel to whoever started `up` would keep the process.
    if (process.connected) process.disconnect();
  }
}

async function prepare(dataDir: string): Promise<void> {
  try {
    for (const part of ['logs', 'nodes', 'nats']) await mkdir(join(dataDir, part), { recursive: true });
    await access(join(dataDir, 'nodes'), constants.W_OK);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new SettingsError(
      `FS_DATA_DIR ${dataDir} cannot be used (${code}): give a directory that this user may write`,
      { cause },
    );
  }
}

/** Whoever starts a fleet a second time wants to have it before them. A process of that id may be another one by now, so the
 *  server is asked. */
async function requireNotUp(dataDir: string): Promise<void> {
  const there = readServerFile(dataDir);
  if (there.kind !== 'runs') return;
  const { url, token, pid } = there.named;
  const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(LOOK_MS) }).catch(() => undefined);
  if (!answer?.ok) return;
  throw new SettingsError(
    `the fleet of ${shown(dataDir)} runs already, as process ${pid}: open ${url}/sign-in#token=${token}, or end it there by Ctrl-C`,
  );
}

/** Asked before anything is started, so that a second copy on the same port is told at once and touches nothing. */
async function requireFreePort(port: number, host: string): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((done, failed) => probe.once('error', failed).listen(port, host, () => done()));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code !== 'EADDRINUSE') return;
    throw new SettingsError(
      `port ${port} on ${host} is taken: stop what uses it, or start on another with its own data, such as PORT=${port + 1} FS_DATA_DIR=./.data-${port + 1} npm start`,
      { cause },
    );
  } finally {
    await new Promise((done) => probe.close(done));
  }
}

/** @param place.ownCold  where this machine's own cold directory is; undefined: S3 is the cold tier */
async function seed(place: {
  readonly tenant: Tenant;
  readonly nats: WhichNats;
  readonly ownCold: string | undefined;
  readonly workspace: string;
}): Promise<void> {
  const { tenant, nats, ownCold, workspace } = place;
  const link = await connectNats({ ...nats, name: 'fs-sync-up', log: silentLog });
  try {
    const { shards } = await ensureTenant(link, tenant);
    const objects = natsObjectStore(link, tenant, { shards });
    const index = natsKeyValue(link, indexBucket(tenant));
    if (ownCold !== undefined && (await projectsOf(index)).length === 0) {
      const cold = await dirColdStore(ownCold, tenant);
      // A demo made anew would take the place of the one that can come back.
      if (await hasRestorePoints(cold)) return say(LOST_NATS);
    }
    await seedDemo({ objects, nodes: objectNodes(objects), index, clock: systemClock }, DEMO_FILES, workspace);
  } finally {
    await link.close();
  }
}

const LOST_NATS =
  'NATS is empty, and cold storage has projects: bring them back with npx fs-sync restore-index --from-cold';

/** What `up` has started, in the order in which it must end. */
class LocalFleet {
  private readonly children: Child[] = [];
  private nats: LocalNats | undefined;
  private s3: { stop(): Promise<void> } | undefined;
  private forgetServer: () => void = () => undefined;
  private stopping = false;
  private end: (error?: Error) => void = () => undefined;

  endOnSignals(): Promise<void> {
    const ended = new Promise<void>((resolve, reject) => {
      this.end = (error) => (error ? reject(error) : resolve());
    });
    ended.catch(() => undefined);
    const wish = new EndWish();
    const onSignal = () => {
      if (wish.heard() === 'echo') return;
      if (this.stopping) {
        for (const child of this.children) child.kill();
        return;
      }
      this.stopping = true;
      say('\nStopping. Everything is kept; the next start goes on from here.');
      this.end();
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    process.on('SIGHUP', onSignal);
    process.once('disconnect', onSignal);
    return ended;
  }

  fail(error: Error): void {
    this.end(error);
  }

  startNats(dataDir: string): Promise<WhichNats> {
    this.nats = new LocalNats(dataDir, say);
    return this.nats.start();
  }

  /** From here on commands on this machine find the server. */
  tellServer(dataDir: string, server: { readonly url: string; readonly token: string }): void {
    this.forgetServer = () => removeServerFile(dataDir);
    try {
      writeServerFile(dataDir, { ...server, pid: process.pid });
    } catch (error) {
      say(`Other commands do not find this server: ${serverFile(dataDir)} could not be written (${error})`);
    }
  }

  async startS3(dataDir: string): Promise<Env> {
    say('Starting the S3 server; the first time takes about 20 s.');
    const s3 = await startRadosgw({ dir: join(dataDir, 's3'), log: say });
    this.s3 = s3;
    return {
      S3_BUCKET: 'fs-sync',
      S3_ENDPOINT: s3.endpoint,
      S3_FORCE_PATH_STYLE: 'true',
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    };
  }

  startChild(
    name: string,
    program: string,
    args: readonly string[],
    env: Env,
    dataDir: string,
  ): Promise<string | undefined> {
    const child = new Child({ name, program, args, env, logFile: join(dataDir, 'logs', `${name}.log`), say });
    this.children.push(child);
    return child.start();
  }

  /** Agents first, so that they can say that they leave; then the server, then the stores. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.forgetServer();
    this.nats?.forget();
    const [server, ...agents] = this.children;
    await Promise.all(agents.map((child) => child.stop()));
    await server?.stop();
    await this.nats?.stop();
    await this.s3?.stop();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function coldName(env: Env, dataDir: string): string {
  return env.S3_BUCKET ? `s3://${env.S3_BUCKET} at ${env.S3_ENDPOINT ?? 'AWS'}` : shown(coldDirectory(dataDir));
}

/** A path as a person would type it here. */
function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
}

function welcome(facts: {
  url: string;
  token: string;
  workspaces: readonly string[];
  natsUrl: string;
  cold: string;
}): string {
  const [a, b] = facts.workspaces.map(shown);
  return `
  nats-fs-sync is up.

  open    ${facts.url}/sign-in#token=${facts.token}
  node-a  ${a}
  node-b  ${b}
  hot     ${facts.natsUrl.replace(/\/\/[^@/]*@/, '//')}
  cold    ${facts.cold}

  Try this: echo hello > ${quoted(join(a ?? '', 'hello.txt'))} — and watch it arrive on node-b and in the browser. Ctrl-C stops everything.
`;
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
