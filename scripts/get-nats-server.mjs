// Finds a nats-server of 2.10 or newer, or gets one without root and without touching the system: Debian's own package
// of a newer suite, fetched and verified by apt in private directories and unpacked into the project's cache.
// Plain JavaScript without dependencies, because it runs before `npm ci` has.
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('..', import.meta.url));
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const FLOOR = [2, 10];

/** No nats-server could be had; the message says what, why and how to get it. */
export class NatsServerMissingError extends Error {
  /** @override */
  name = 'NatsServerMissingError';

  /** @param {string} message @param {string} why  the reason alone @param {unknown} [cause] */
  constructor(message, why, cause) {
    super(message, { cause });
    this.why = why;
  }
}

/**
 * @param {{ suite?: 'trixie' | 'sid', log?: (line: string) => void }} [options]
 *   `trixie` (the default) is the oldest that is supported and what users get; `sid` is the newest, for tests and benches
 * @returns {Promise<string>} the path of a nats-server that runs here and is new enough
 */
export async function ensureNatsServer({ suite, log = () => {} } = {}) {
  // A suite asked for by name is a wish for that version, so what the machine has does not answer it.
  const found = suite === undefined ? await fromMachine() : undefined;
  if (found) return found;
  const wanted = suite ?? 'trixie';
  const cached = join(repository, '.cache', 'nats-server', wanted, 'nats-server');
  if ((await fault(cached)) === undefined) return cached;
  log(`Getting nats-server from Debian ${wanted}…`);
  try {
    await install(wanted, cached);
  } catch (cause) {
    throw missing(firstLine(cause), cause);
  }
  const broken = await fault(cached);
  if (broken) throw missing(`the one of Debian ${wanted} does not do here: ${broken}`);
  return cached;
}

async function fromMachine() {
  const named = process.env.FS_NATS_SERVER;
  if (named) {
    const wrong = await fault(named);
    if (!wrong) return named;
    const why = `FS_NATS_SERVER=${named} ${wrong}`;
    throw new NatsServerMissingError(`${why}: give the path of a nats-server ≥ 2.10`, why);
  }
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    if (directory === '') continue;
    const file = join(directory, 'nats-server');
    if ((await fault(file)) === undefined) return file;
  }
  return undefined;
}

/**
 * @param {string} file
 * @returns {Promise<string | undefined>} why this is no nats-server for us; undefined when it is one
 */
async function fault(file) {
  try {
    await access(file, constants.X_OK);
  } catch {
    return 'is not an executable file';
  }
  try {
    const version = await natsServerVersion(file);
    if (version === undefined) return 'does not say a nats-server version';
    if (!isOlder(version, FLOOR)) return undefined;
    return `is version ${version}, and 2.10 is the oldest that works`;
  } catch (cause) {
    return `does not run: ${firstLine(cause)}`;
  }
}

/** @param {string} file @returns {Promise<string | undefined>} such as `2.10.27` */
export async function natsServerVersion(file) {
  const { stdout } = await run(file, ['--version'], { timeout: 20_000 });
  return /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
}

/** @param {string} version @param {readonly number[]} than  major and minor */
export function isOlder(version, [thanMajor = 0, thanMinor = 0]) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < thanMajor || (major === thanMajor && minor < thanMinor);
}

/** Concurrent callers each work in a directory of their own; the rename makes the last one's result appear whole.
 *  @param {string} suite @param {string} target */
async function install(suite, target) {
  if (process.platform !== 'linux')
    throw new Error(`it can be fetched on Debian only, and this is ${process.platform}`);
  const mirrors = await debianMirrors();
  const cache = join(repository, '.cache', 'nats-server');
  await mkdir(join(cache, suite), { recursive: true });
  const work = await mkdtemp(join(cache, '.fetch-'));
  try {
    /** @type {unknown} */
    let last;
    for (const mirror of mirrors) {
      try {
        await fetchAndUnpack(work, mirror, suite);
        // Within one file system, so that the rename is atomic and a server that runs from the old file goes on.
        const staged = join(work, 'nats-server');
        await copyFile(join(work, 'root', 'usr', 'sbin', 'nats-server'), staged);
        await rename(staged, target);
        return;
      } catch (error) {
        last = error;
      }
    }
    throw last;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function debianMirrors() {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  if (!/^ID="?debian"?$/m.test(release))
    throw new Error('it can be fetched on Debian only, and this is another system');
  const { stdout } = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']);
  // The archive proper, also where a mirror has a name of its own; the security archive has no such package.
  const archives = new Set(stdout.split('\n').filter((uri) => /\/debian\/?$/.test(uri)));
  if (archives.size === 0) archives.add('http://deb.debian.org/debian/');
  return [...archives];
}

/** @param {string} work @param {string} mirror @param {string} suite */
async function fetchAndUnpack(work, mirror, suite) {
  const sources = join(work, 'sources.list');
  for (const directory of ['lists/partial', 'archives/partial', 'root']) {
    await mkdir(join(work, directory), { recursive: true });
  }
  const { stdout } = await run('dpkg', ['--print-architecture']);
  await writeFile(sources, `deb [signed-by=${KEYRING} arch=${stdout.trim()}] ${mirror} ${suite} main\n`);
  const options = [
    `Dir::Etc::SourceList=${sources}`,
    'Dir::Etc::SourceParts=/dev/null',
    'Dir::Etc::Preferences=/dev/null',
    'Dir::Etc::PreferencesParts=/dev/null',
    `Dir::State=${work}`,
    `Dir::State::Lists=${join(work, 'lists')}`,
    'Dir::State::status=/var/lib/dpkg/status',
    `Dir::Cache=${work}`,
    `Dir::Cache::Archives=${join(work, 'archives')}`,
    // As root, apt would drop to a user who may not write here.
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
    'Acquire::Retries=3',
    // A list that cannot be fetched is the reason to tell, not the package that is then not found in it.
    'APT::Update::Error-Mode=any',
  ].flatMap((option) => ['-o', option]);
  const settings = { cwd: work, timeout: 180_000, maxBuffer: 16 << 20, env: { ...process.env, LC_ALL: 'C' } };
  await run('apt-get', [...options, '-qq', 'update'], settings);
  await run('apt-get', [...options, '-qq', 'download', 'nats-server'], settings);
  const archive = (await readdir(work)).find((name) => name.endsWith('.deb'));
  if (!archive) throw new Error(`${mirror} has no nats-server in ${suite}`);
  await run('dpkg-deb', ['-x', join(work, archive), join(work, 'root')], settings);
}

/** @param {string} why @param {unknown} [cause] */
function missing(why, cause) {
  return new NatsServerMissingError(
    `nats-server 2.10 or newer is needed as the hot tier and could not be had: ${why}. ` +
      'Install it (Debian 13: apt-get install nats-server; macOS: brew install nats-server; else https://nats.io/download), ' +
      'or set FS_NATS_SERVER to its path, or NATS_URL to a running server.',
    why,
    cause,
  );
}

/** @param {unknown} error */
function firstLine(error) {
  const text = error && typeof error === 'object' && 'stderr' in error && error.stderr ? String(error.stderr) : '';
  const message = text.trim() || (error instanceof Error ? error.message : String(error));
  return (message.split('\n').find((line) => /^E:|error/i.test(line)) ?? message.split('\n')[0] ?? '').trim();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const suite = process.argv[2] === 'sid' || process.argv[2] === 'trixie' ? process.argv[2] : undefined;
  try {
    process.stdout.write(
      `${await ensureNatsServer({ ...(suite && { suite }), log: (line) => process.stderr.write(`${line}\n`) })}\n`,
    );
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
