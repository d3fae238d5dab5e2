// `npm run check`: types, lint and format, import directions. Writes nothing and stays fast, so that it runs before
// every commit; all three run at once and each one's findings are shown whole.
import './node-version.mjs';
import { existsSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { checkImportDirections } from './import-directions.mjs';
import { bin, root, run, runMain, SetupError } from './run-command.mjs';

/** @type {{ name: string, run: () => Promise<{ code: number, output: string }> }[]} */
const checks = [
  { name: 'types', run: () => run(bin('tsc'), ['-p', '.', '--pretty', String(process.stdout.isTTY === true)]) },
  { name: 'lint and format', run: () => run(bin('biome'), ['check', '--error-on-warnings', '.']) },
  { name: 'import directions', run: importDirections },
];

async function importDirections() {
  const lines = checkImportDirections(root);
  return { code: lines.length > 0 ? 1 : 0, output: lines.join('\n') };
}

runMain(async () => {
  if (!existsSync(bin('tsc'))) throw new SetupError('The npm packages are not installed: run "npm ci" first.');
  const startedAt = performance.now();
  const results = await Promise.all(checks.map(async (check) => ({ name: check.name, ...(await check.run()) })));
  const failed = results.filter((result) => result.code !== 0);
  for (const { name, output } of failed) console.error(`${name}:\n${output.trimEnd()}\n`);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (failed.length > 0) {
    console.error(`check failed: ${failed.map(({ name }) => name).join(', ')} (${seconds} s)`);
    return 1;
  }
  console.log(`check passed: ${results.map(({ name }) => name).join(', ')} (${seconds} s)`);
  return 0;
});
