// `npm run bench -- <name>… [--json]`: runs bench/<name>.ts, each in a process of its own, so that one's memory is not
// counted as another's. A bench exports `run(report)` and reports rows; what a row must reach is decided here, once.
import './node-version.mjs';
import { fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { root, runMain, SetupError } from './run-command.mjs';

/**
 * What a bench reports. `case` names the measurement; `peerValue` is the peer's value in the same run.
 * @typedef {object} MeasuredRow
 * @property {string} case
 * @property {number} value
 * @property {string} unit
 * @property {'lower' | 'higher'} better
 * @property {number} [target]
 * @property {string} [peer]
 * @property {number} [peerValue]
 * @property {number} [ratio]  how many times better than the peer; computed when it is left out
 * @property {boolean} [ok]  computed from the target when it is left out
 *
 * @typedef {MeasuredRow & { bench: string, ok: boolean }} BenchRow
 */

/** The files of bench/ that export `run`; the others are what benches share. */
const names = readdirSync(join(root, 'bench'))
  .filter((file) => file.endsWith('.ts') && /^export .*\brun\b/m.test(readFileSync(join(root, 'bench', file), 'utf8')))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

/** @param {string} bench @param {MeasuredRow} row @returns {BenchRow} */
export function complete(bench, row) {
  const lower = row.better === 'lower';
  const { value, target, peerValue } = row;
  const ratio = row.ratio ?? (peerValue === undefined ? undefined : lower ? peerValue / value : value / peerValue);
  const ok = row.ok ?? (target === undefined || (lower ? value <= target : value >= target));
  return { bench, ...row, ...(ratio === undefined ? {} : { ratio: round(ratio) }), value: round(value), ok };
}

/** @param {number} value */
const round = (value) => Number(value.toPrecision(4));

/** @param {readonly BenchRow[]} rows */
export function table(rows) {
  const head = ['bench', 'case', 'value', 'target', 'peer', 'ratio', ''];
  const lines = rows.map((row) => [
    row.bench,
    row.case,
    `${row.value} ${row.unit}`,
    row.target === undefined ? '' : `${row.better === 'lower' ? '≤' : '≥'} ${row.target}`,
    row.peerValue === undefined ? (row.peer ?? '') : `${row.peer ?? 'peer'} ${round(row.peerValue)}`,
    row.ratio === undefined ? '' : `${row.ratio}×`,
    row.ok ? '' : 'MISSED',
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...lines].map((line) => (line[i] ?? '').length)));
  const text = [head, ...lines].map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return text.join('\n');
}

/** @param {string} name @param {(row: BenchRow) => void} onRow @returns {Promise<number>} the exit code */
async function runInChild(name, onRow) {
  const { build: bundleBench } = await import('esbuild');
  const { build: buildProduct } = await import('./build.mjs');
  // Benches that start the product's own processes start what is built from the sources beside them.
  await buildProduct();
  const bundle = join(root, '.cache/bench', `${name}.js`);
  await bundleBench({
    entryPoints: [join(root, 'bench', `${name}.ts`)],
    outfile: bundle,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: true,
    logLevel: 'warning',
  });
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(import.meta.url), ['--child', bundle], {
      cwd: root,
      execArgv: ['--enable-source-maps', '--expose-gc'],
      // What a bench prints is for people; standard output carries rows only.
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    child.on('message', (row) => onRow(complete(name, /** @type {MeasuredRow} */ (row))));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** @param {string} bundle */
async function runBundle(bundle) {
  /** @type {{ run(report: (row: MeasuredRow) => void): Promise<void> }} */
  const { run } = await import(pathToFileURL(bundle).href);
  // Ctrl-C ends by `exit`, so that the processes that a bench has started end with it.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
  /** @type {Promise<void>[]} */
  const sent = [];
  await run((row) => sent.push(new Promise((resolve) => process.send?.(row, undefined, {}, () => resolve()))));
  await Promise.all(sent);
  // A handle that a bench left open must not keep the next one waiting.
  process.exit(0);
}

async function main() {
  const args = process.argv.slice(2);
  const json = args.includes('--json');
  const wanted = args.filter((arg) => arg !== '--json');
  const unknown = wanted.filter((name) => !names.includes(name));
  if (wanted.length === 0 || unknown.length > 0) {
    const what = unknown.length > 0 ? `There is no bench ${unknown.join(', ')}. ` : '';
    console.error(
      `${what}Usage: npm run bench -- <name>… [--json], with the names ${names.join(', ') || '(none yet)'}.`,
    );
    return 2;
  }
  /** @type {BenchRow[]} */
  const rows = [];
  /** @type {string[]} */
  const broken = [];
  for (const name of wanted) {
    const code = await runInChild(name, (row) => {
      rows.push(row);
      if (json) console.log(JSON.stringify(row));
    });
    if (code !== 0) broken.push(name);
  }
  if (!json && rows.length > 0) console.log(table(rows));
  if (broken.length > 0) throw new SetupError(`These could not be measured: ${broken.join(', ')}.`);
  return 0;
}

if (process.argv[2] === '--child' && process.argv[3]) await runBundle(process.argv[3]);
else if (process.argv[1] === fileURLToPath(import.meta.url)) runMain(main);
