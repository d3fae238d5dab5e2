// Finds the Chromium that the browser tests drive, or gets Debian's; a browser is never downloaded from elsewhere.
import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ensureDebianPackages, librariesOf } from './debian-packages.mjs';
import { run, SetupError } from './run-command.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC = ['Chromium', 'Google Chrome'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);

/**
 * @param {(line: string) => void} log
 * @returns {Promise<string>} the path of a Chromium that runs here; also set as CHROMIUM_PATH, which the tests read
 * @throws {SetupError} what is missing, why, and what to do
 */
export async function ensureChromium(log) {
  const path = process.env.CHROMIUM_PATH || found() || (await install(log));
  const { code, output } = await run(path, ['--version']);
  if (code !== 0) {
    throw new SetupError(
      `The browser ${path} does not run: ${output.trim().split('\n').at(-1)}. ` +
        'Give the path of a Chromium or Chrome that does in CHROMIUM_PATH.',
    );
  }
  process.env.CHROMIUM_PATH = path;
  return path;
}

function found() {
  const directories = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return [...directories.flatMap((directory) => NAMES.map((name) => join(directory, name))), ...MAC].find(existsSync);
}

/** @param {(line: string) => void} log */
async function install(log) {
  try {
    const tree = await ensureDebianPackages('chromium', ['chromium'], log);
    return tree === '/' ? '/usr/bin/chromium' : await launcher(tree);
  } catch (cause) {
    if (!(cause instanceof SetupError)) throw cause;
    throw new SetupError(
      'The browser tests need Chromium, and it cannot be installed here. Install it (Debian: apt-get install chromium) ' +
        `or give the path of a Chromium or Chrome in CHROMIUM_PATH. The reason: ${cause.message}`,
    );
  }
}

/** The package's own launcher expects the system's directories; this one points at the unpacked tree. @param {string} tree */
async function launcher(tree) {
  const path = join(tree, 'chromium');
  const libraries = (await librariesOf(tree)).join(':');
  const script = `#!/bin/sh
LD_LIBRARY_PATH='${libraries}'\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
exec '${join(tree, 'usr/lib/chromium/chromium')}' "$@"
`;
  await writeFile(path, script);
  await chmod(path, 0o755);
  return path;
}
