// Bundles the agent, the server and the browser's files into dist/. Run before everything that runs the product, so it
// first compares its inputs with the last build's, and then usually has nothing to do.
// Every JavaScript file lands one level under dist/ (dist/agent, dist/server, dist/chunks), so that
// `new URL('../public/', import.meta.url)` finds the browser's files from whichever of them the code ends up in.
import './node-version.mjs';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { root, runMain, SetupError } from './run-command.mjs';

const PROGRAMS = ['agent/fs-sync.ts', 'server/main.ts'];
export const BROWSER = [
  'public/app.ts',
  'public/app.css',
  'public/metrics.ts',
  'public/metrics.css',
  'public/settings.css',
  'public/visitor.css',
  'public/files.ts',
  'public/files.css',
];
const ICONS = 'public/icons.mjs';
const ICON_NAMES = 'public/icon-names.mjs';
/** npm writes it at each install: packages are bundled, and are not looked at file by file. */
const INSTALLED = 'node_modules/.package-lock.json';
const STAMP = join(root, 'dist/.build.json');

/**
 * @typedef {{ path: string, contents: Uint8Array | string }} Output  path from the project's root
 * @typedef {{ inputs: string[], outputs: Output[] }} Part
 * @typedef {object} Stamp
 * @property {Record<string, string>} inputs  path → version of each file that the build read
 * @property {string[]} outputs
 * @property {string} shape  which entry points and static files there were, and which packages were installed
 */

/**
 * Brings dist/ up to date.
 * @returns {Promise<'built' | 'fresh'>}
 * @throws {SetupError} with the compiler's messages
 */
export async function build() {
  const startedAtMs = Date.now();
  const entries = await existing([...PROGRAMS, ...BROWSER, ICONS]);
  const statics = await staticFiles();
  const shape = JSON.stringify([entries, statics, (await versionOf(INSTALLED)) ?? 'no install']);
  const last = await readStamp();
  if (last && (await isFresh(last, shape))) return 'fresh';

  const parts = await Promise.all([
    bundlePrograms(entries),
    bundleBrowser(entries),
    iconSprite(entries),
    copy(statics),
  ]);
  const outputs = parts.flatMap((part) => part.outputs);
  const inputs = [...parts.flatMap((part) => part.inputs), 'scripts/build.mjs', 'tsconfig.json', 'package-lock.json'];
  for (const output of outputs) await writeWhole(join(root, output.path), output.contents);
  const kept = new Set(outputs.map(({ path }) => path));
  for (const path of last?.outputs ?? []) if (!kept.has(path)) await rm(join(root, path), { force: true });
  /** @type {Stamp} */
  const stamp = { inputs: await versionsBefore(startedAtMs, inputs), outputs: [...kept], shape };
  await writeWhole(STAMP, JSON.stringify(stamp));
  return 'built';
}

/** @param {readonly string[]} paths */
async function existing(paths) {
  const versions = await Promise.all(paths.map(versionOf));
  return paths.filter((_, i) => versions[i] !== undefined);
}

/** Everything in public/ that is served as it is. */
async function staticFiles() {
  const entries = await readdir(join(root, 'public'), { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && !/\.(tsx?|mjs|css)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** @returns {Promise<Stamp | undefined>} */
async function readStamp() {
  try {
    return JSON.parse(await readFile(STAMP, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {Stamp} stamp @param {string} shape */
async function isFresh(stamp, shape) {
  if (stamp.shape !== shape) return false;
  const paths = Object.keys(stamp.inputs);
  const versions = await Promise.all(paths.map(versionOf));
  if (paths.some((path, i) => versions[i] !== stamp.inputs[path])) return false;
  const outputs = await existing(stamp.outputs);
  return outputs.length === stamp.outputs.length;
}

/** @param {string} path @returns {Promise<string | undefined>} undefined when there is no such file */
async function versionOf(path) {
  const found = await stat(join(root, path)).catch(() => undefined);
  return found && `${found.mtimeMs}:${found.size}`;
}

/**
 * A file that was saved while the build ran gets no version that a later look could match: the next build reads it again.
 * @param {number} startedAtMs
 * @param {readonly string[]} paths
 */
async function versionsBefore(startedAtMs, paths) {
  /** @type {Record<string, string>} */
  const versions = {};
  for (const path of paths) {
    const version = await versionOf(path);
    versions[path] = version && Number.parseFloat(version) < startedAtMs ? version : 'changed during the build';
  }
  return versions;
}

/** @param {readonly string[]} entries @returns {Promise<Part>} */
async function bundlePrograms(entries) {
  const entryPoints = PROGRAMS.filter((path) => entries.includes(path));
  return bundle({
    entryPoints,
    platform: 'node',
    target: 'node20',
    // With the packages in it a command starts in two thirds of the time (measured): a hundred files less are found, read and
    // compiled. The one that is native has to be found where npm compiled it.
    external: ['better-sqlite3'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    minifyWhitespace: true,
    minifySyntax: true,
    sourcesContent: false,
    splitting: true,
    outdir: 'dist',
    outbase: '.',
    chunkNames: 'chunks/[name]-[hash]',
  });
}

/** @param {readonly string[]} entries @returns {Promise<Part>} */
export async function bundleBrowser(entries) {
  const entryPoints = BROWSER.filter((path) => entries.includes(path));
  return bundle({
    entryPoints,
    platform: 'browser',
    target: 'es2022',
    minify: true,
    outdir: 'dist/public',
    outbase: 'public',
    external: ['*.svg', '*.png', '*.woff2'],
  });
}

/** @param {import('esbuild').BuildOptions} options @returns {Promise<Part>} */
async function bundle(options) {
  if (Array.isArray(options.entryPoints) && options.entryPoints.length === 0) return { inputs: [], outputs: [] };
  const esbuild = await import('esbuild');
  try {
    const result = await esbuild.build({
      bundle: true,
      format: 'esm',
      sourcemap: true,
      metafile: true,
      write: false,
      absWorkingDir: root,
      logLevel: 'silent',
      ...options,
    });
    return {
      inputs: Object.keys(result.metafile?.inputs ?? {}).filter((path) => !/(^|\/)node_modules\//.test(path)),
      outputs: (result.outputFiles ?? []).map((file) => ({ path: relative(root, file.path), contents: file.contents })),
    };
  } catch (cause) {
    const errors = /** @type {Partial<import('esbuild').BuildFailure>} */ (cause).errors;
    if (!errors) throw cause;
    const messages = await esbuild.formatMessages(errors, { kind: 'error', color: process.stdout.isTTY === true });
    throw new SetupError(`The build failed:\n${messages.join('\n').trimEnd()}`);
  }
}

/** @param {readonly string[]} entries @returns {Promise<Part>} */
async function iconSprite(entries) {
  if (!entries.includes(ICONS)) return { inputs: [], outputs: [] };
  /** @type {{ buildSprite(): Promise<string> }} */
  const { buildSprite } = await import(pathToFileURL(join(root, ICONS)).href);
  return { inputs: [ICONS, ICON_NAMES], outputs: [{ path: 'dist/public/icons.svg', contents: await buildSprite() }] };
}

/** @param {readonly string[]} paths @returns {Promise<Part>} */
async function copy(paths) {
  const outputs = paths.map(async (path) => ({ path: join('dist', path), contents: await readFile(join(root, path)) }));
  return { inputs: [...paths], outputs: await Promise.all(outputs) };
}

/**
 * A running server or a second start never sees half a file.
 * @param {string} path @param {Uint8Array | string} contents
 */
async function writeWhole(path, contents) {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(temporary, contents);
  await rename(temporary, path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  runMain(async () => {
    const startedAt = performance.now();
    const outcome = await build();
    const ms = Math.round(performance.now() - startedAt);
    console.log(outcome === 'fresh' ? `dist/ is up to date (${ms} ms)` : `dist/ built (${ms} ms)`);
    return 0;
  });
}
