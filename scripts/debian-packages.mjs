// Programs from the system's own Debian packages. As root they are installed; as anyone else they are fetched and
// verified by apt in private directories and unpacked into the project's cache with the libraries that they lack, so
// that nothing of the system is touched and no password is asked for.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root, run, SetupError, tail } from './run-command.mjs';

const CACHE = join(root, '.cache/debian');

/**
 * @param {string} name  what this is called in messages and in the cache
 * @param {readonly string[]} packages
 * @param {(line: string) => void} log
 * @returns {Promise<string>} the root of the file tree that holds them: `/`, or a directory of the cache
 * @throws {SetupError} that says why not, without a next step: the caller knows the alternatives
 */
export async function ensureDebianPackages(name, packages, log) {
  const tree = join(CACHE, name);
  if (existsSync(tree)) return tree;
  if ((await run('apt-get', ['--version'])).code !== 0) throw new SetupError('this machine has no apt-get');
  if (process.getuid?.() === 0) {
    log(`Installing ${packages.join(', ')}…`);
    await install(packages);
    return '/';
  }
  log(`Getting ${packages.join(', ')} into the project’s cache…`);
  await unpack(packages, tree);
  return tree;
}

/**
 * Where the loader finds the libraries of an unpacked tree; for LD_LIBRARY_PATH.
 * @param {string} tree
 */
export async function librariesOf(tree) {
  /** @type {string[]} */
  const directories = [];
  for (const parent of ['usr/lib', 'lib']) {
    const names = await readdir(join(tree, parent)).catch(() => []);
    for (const name of names) if (name.endsWith('-linux-gnu')) directories.push(join(tree, parent, name));
  }
  return directories;
}

/** @param {readonly string[]} packages */
async function install(packages) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // A list that cannot be refreshed may still be good enough; the installation says whether it is.
  const update = await run('apt-get', ['update', '-qq'], { env });
  const args = ['install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...packages];
  const { code, output } = await run('apt-get', args, { env });
  if (code !== 0) throw new SetupError(`apt-get install failed:\n${tail(update.output + output)}`);
}

/** @param {readonly string[]} packages @param {string} tree */
async function unpack(packages, tree) {
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, 'unpacking-'));
  try {
    for (const directory of ['lists/partial', 'cache/archives/partial', 'debs', 'tree']) {
      await mkdir(join(work, directory), { recursive: true });
    }
    const config = join(work, 'apt.conf');
    await writeFile(config, privateAptConfig(work));
    const env = { APT_CONFIG: config };
    await must('apt-get', ['update', '-qq'], { env });
    // What a real installation would add: the packages, and of their dependencies those that the system lacks.
    const plan = await must('apt-get', ['install', '-s', '-qq', '--no-install-recommends', ...packages], { env });
    const wanted = [...plan.matchAll(/^Inst (\S+) (?:\[[^\]]*\] )?\((\S+)/gm)].map(
      ([, what, version]) => `${what}=${version}`,
    );
    if (wanted.length > 0) await must('apt-get', ['download', '-qq', ...wanted], { env, cwd: join(work, 'debs') });
    for (const deb of await readdir(join(work, 'debs'))) {
      await must('dpkg-deb', ['-x', join(work, 'debs', deb), join(work, 'tree')]);
    }
    await rename(join(work, 'tree'), tree);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The system's sources, keys and status, but lists and cache of our own. @param {string} work */
function privateAptConfig(work) {
  return [
    `Dir::State::Lists "${work}/lists";`,
    `Dir::Cache "${work}/cache";`,
    'Debug::NoLocking "true";',
    'APT::Sandbox::User "";',
    'Acquire::Languages "none";',
    '',
  ].join('\n');
}

/** @param {string} command @param {readonly string[]} args @param {import('./run-command.mjs').RunOptions} [options] */
async function must(command, args, options) {
  const { code, output, stdout } = await run(command, args, options);
  if (code !== 0) throw new SetupError(`${command} ${args[0]} failed:\n${tail(output)}`);
  return stdout;
}
