// A radosgw by hand: node scripts/radosgw.mjs install|start|stop|kill9|status|wipe [--dir DIR] [--port PORT]
// It runs until it is stopped, and keeps its data until it is wiped. A second copy takes another --dir.
import './node-version.mjs';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureRadosgw } from './get-radosgw.mjs';
import { root, runMain, SetupError } from './run-command.mjs';

const USAGE = 'Usage: node scripts/radosgw.mjs install|start|stop|kill9|status|wipe [--dir DIR] [--port PORT]';

/** @returns {Promise<typeof import('../core/embedded/radosgw.ts')>} */
async function loadRadosgw() {
  const { build } = await import('esbuild');
  const outfile = join(root, '.cache/radosgw.mjs');
  await mkdir(join(root, '.cache'), { recursive: true });
  await build({
    entryPoints: [join(root, 'core/embedded/radosgw.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}

runMain(async () => {
  const { values, positionals } = parseArgs({
    options: { dir: { type: 'string', default: join(root, '.data/radosgw') }, port: { type: 'string' } },
    allowPositionals: true,
  });
  const dir = resolve(values.dir);
  const [command] = positionals;
  if (command === 'install') {
    await ensureRadosgw(console.log);
    return 0;
  }
  const radosgw = await loadRadosgw();
  try {
    switch (command) {
      case 'start': {
        await ensureRadosgw(console.log);
        if ((await radosgw.radosgwStatus(dir)).kind !== 'running') {
          const port = values.port === undefined ? {} : { port: Number(values.port) };
          await radosgw.startRadosgw({ dir, outlive: true, log: console.log, ...port });
        }
        break;
      }
      case 'stop':
        await radosgw.stopRadosgw(dir);
        break;
      case 'kill9':
        await radosgw.stopRadosgw(dir, 'SIGKILL');
        break;
      case 'wipe':
        await radosgw.stopRadosgw(dir, 'SIGKILL');
        await rm(dir, { recursive: true, force: true });
        break;
      case 'status':
        break;
      default:
        throw new SetupError(USAGE);
    }
    console.log(JSON.stringify({ dir, ...(await radosgw.radosgwStatus(dir)) }, null, 2));
    return 0;
  } catch (error) {
    throw error instanceof radosgw.RadosgwError ? new SetupError(error.message) : error;
  }
});
