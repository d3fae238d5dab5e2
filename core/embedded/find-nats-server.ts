// Where the embedded nats-server's program is: what the environment names, what PATH has, what the set-up fetched.
// Nothing is downloaded here; `scripts/get-nats-server.mjs` did that before.
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** 2.9 lacks stream compression and `sync_interval: always`. */
const FLOOR = { major: 2, minor: 10 };

export interface NatsBinary {
  readonly path: string;
  /** such as `2.10.27` */
  readonly version: string;
}

export class NatsServerMissingError extends Error {
  override name = 'NatsServerMissingError';
}

/** @throws NatsServerMissingError  with what to install, or what to set */
export async function findNatsServer(env: NodeJS.ProcessEnv = process.env): Promise<NatsBinary> {
  const named = env.FS_NATS_SERVER;
  if (named) {
    const found = await inspect(named);
    if (found.kind === 'fit') return found.binary;
    throw new NatsServerMissingError(
      `FS_NATS_SERVER=${named} ${found.fault}: give the path of a nats-server of 2.10 or newer, or unset it`,
    );
  }
  for (const candidate of [...onPath(env.PATH ?? ''), ...cached()]) {
    const found = await inspect(candidate);
    if (found.kind === 'fit') return found.binary;
  }
  throw new NatsServerMissingError(
    'no nats-server of 2.10 or newer was found: run `node scripts/get-nats-server.mjs`, install one, set FS_NATS_SERVER to its path, or NATS_URL to a running server',
  );
}

function onPath(path: string): string[] {
  return path
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, 'nats-server'));
}

/** The set-up's cache lies at the project's root, wherever below it this code runs from (source or build). */
function cached(): string[] {
  const found: string[] = [];
  let directory = dirname(fileURLToPath(import.meta.url));
  while (directory !== dirname(directory)) {
    found.push(join(directory, '.cache', 'nats-server', 'trixie', 'nats-server'));
    directory = dirname(directory);
  }
  return found;
}

type Inspected =
  | { readonly kind: 'fit'; readonly binary: NatsBinary }
  | { readonly kind: 'unfit'; readonly fault: string };

async function inspect(path: string): Promise<Inspected> {
  try {
    await access(path, constants.X_OK);
  } catch {
    return { kind: 'unfit', fault: 'is not an executable file' };
  }
  try {
    const { stdout } = await run(path, ['--version'], { timeout: 20_000 });
    const version = /nats-server: v?((\d+)\.(\d+)\.\d+)/.exec(stdout);
    if (!version?.[1]) return { kind: 'unfit', fault: 'does not say a nats-server version' };
    const [major, minor] = [Number(version[2]), Number(version[3])];
    if (major < FLOOR.major || (major === FLOOR.major && minor < FLOOR.minor)) {
      return { kind: 'unfit', fault: `is version ${version[1]}` };
    }
    return { kind: 'fit', binary: { path, version: version[1] } };
  } catch (cause) {
    return { kind: 'unfit', fault: `does not run (${cause instanceof Error ? cause.message.split('\n')[0] : cause})` };
  }
}
