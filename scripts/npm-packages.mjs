// Brings node_modules in line with the lockfile, without a prompt, and makes sure that the one native package loads.
// Whether there is work to do is read from npm's own record of what it installed, so that nothing has to be remembered.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, run, SetupError, tail } from './run-command.mjs';

/** @param {(line: string) => void} log */
export async function ensurePackages(log) {
  const reason = whyInstall();
  if (reason) {
    log(`Installing npm packages (${reason})…`);
    const { code, output } = await run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts=false'], {
      env: buildEnv(),
    });
    if (code !== 0) throw new SetupError(`"npm ci" failed in ${root}:\n${tail(output)}`);
  }
  await ensureNativeBuild(log);
}

/** @returns {string | undefined} what differs between node_modules and the lockfile */
function whyInstall() {
  const wanted = readPackages('package-lock.json');
  if (!wanted)
    throw new SetupError(`package-lock.json is missing or not readable in ${root}: clone the project again.`);
  const present = readPackages('node_modules/.package-lock.json');
  if (!present) return 'none are installed';
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    // Optional packages are mostly other platforms' binaries, which npm rightly left out.
    if (path === '' || (optional && !present[path])) continue;
    if (present[path]?.version !== version) return `${path.replace('node_modules/', '')} ${version} is missing`;
    if (!existsSync(join(root, path))) return `${path} is gone`;
  }
  return undefined;
}

/** @param {string} file @returns {Record<string, { version?: string, optional?: boolean }> | undefined} */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** @param {(line: string) => void} log */
async function ensureNativeBuild(log) {
  if (await loads()) return;
  log('Compiling better-sqlite3 for this Node (about a minute)…');
  const { output } = await run('npm', ['rebuild', 'better-sqlite3', '--ignore-scripts=false'], { env: buildEnv() });
  if (await loads()) return;
  throw new SetupError(
    'better-sqlite3 (the database of the agent and the server) could not be compiled for ' +
      `${process.version}. It needs a C++ compiler, make and Python 3 — on Debian: apt-get install g++ make python3 — ` +
      `and then this command again. What the compiler said:\n${tail(output)}`,
  );
}

/** In a process of its own: an add-on of another Node version must fail there, and not stay loaded here. */
async function loads() {
  const { code } = await run(process.execPath, ['-e', "new (require('better-sqlite3'))(':memory:').close()"]);
  return code === 0;
}

/**
 * The C++ headers that came with this Node spare a download of them; npm 11 must not stop to ask about install scripts.
 * @returns {Record<string, string>}
 */
function buildEnv() {
  const prefix = dirname(dirname(process.execPath));
  const hasHeaders = existsSync(join(prefix, 'include/node/node.h'));
  return {
    npm_config_yes: 'true',
    npm_config_update_notifier: 'false',
    ...(hasHeaders ? { npm_config_nodedir: prefix } : {}),
  };
}
