// `npm test [-- unit|nats|s3|e2e …]`: sets up, builds, runs the kinds of tests that are asked for (all by default), and
// ends with one line that counts them all. A run that tested nothing, or that under CI left out S3 or the second version of
// nats-server, has failed.
import './node-version.mjs';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bin, root, run, runMain, SetupError } from './run-command.mjs';
import { say, setup, setupNatsForTests } from './setup.mjs';

const KINDS = ['unit', 'nats', 's3', 'e2e'];
const RESULTS = join(root, 'test-results');
const E2E_CONFIG = 'e2e/playwright.config.ts';
const NEED_S3 = 'need an S3 server';
/** How browser tests that need an S3 server are told: by their titles. */
const NAMES_S3 = '\\bS3\\b';
/** How tests that run on two versions of nats-server are told. */
const NAMES_NATS_VERSION = /\bnats-server \d+\.\d+\.\d+/;

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

const wanted = process.argv.slice(2);
const inCi = Boolean(process.env.CI) && process.env.CI !== 'false';

runMain(async () => {
  const unknown = wanted.filter((kind) => !KINDS.includes(kind));
  if (unknown.length > 0)
    throw new SetupError(`There is no kind of test "${unknown.join('", "')}": give some of ${KINDS.join(', ')}.`);
  const kinds = new Set(wanted.length > 0 ? wanted : KINDS);

  await setup(['packages']);
  const oneNats = kinds.has('nats') ? await setupNatsForTests() : undefined;
  if (kinds.has('e2e')) await setup(['nats']);
  // The browser tests start the product with an S3 server of its own; a server that is named serves the others.
  const noRadosgw = kinds.has('s3') || kinds.has('e2e') ? await whyNoRadosgw() : undefined;
  const noS3 = process.env.S3_TEST_ENDPOINT ? undefined : noRadosgw;
  if (kinds.has('e2e')) await setup(['chromium']);
  if (kinds.has('nats') || kinds.has('e2e')) {
    const { build } = await import('./build.mjs');
    await build();
  }

  await rm(RESULTS, { recursive: true, force: true });
  await mkdir(RESULTS, { recursive: true });
  /** @type {Counts[]} */
  const counts = [];
  const projects = ['unit', 'nats', 's3'].filter((kind) => kinds.has(kind) && !(kind === 's3' && noS3));
  if (projects.length > 0) counts.push(await runVitest(projects));
  if (oneNats) counts.push(leftOut(await countNatsVersionTests(), 'need another nats-server', oneNats));
  if (kinds.has('s3') && noS3) counts.push(leftOut(await countS3Tests(), NEED_S3, noS3));
  if (kinds.has('e2e') && existsSync(join(root, E2E_CONFIG))) {
    counts.push(await runPlaywright(noRadosgw ? ['--grep-invert', NAMES_S3] : []));
    if (noRadosgw) counts.push(leftOut(await countS3BrowserTests(), NEED_S3, noRadosgw));
  }
  return summarize(counts);
});

/** @returns {Promise<string | undefined>} */
async function whyNoRadosgw() {
  try {
    await setup(['s3']);
    return undefined;
  } catch (cause) {
    if (cause instanceof SetupError) return cause.message;
    throw cause;
  }
}

/** @param {readonly string[]} projects @returns {Promise<Counts>} */
async function runVitest(projects) {
  const file = join(RESULTS, 'vitest.json');
  const { code } = await run(
    bin('vitest'),
    [
      'run',
      ...projects.flatMap((project) => ['--project', project]),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ],
    { show: true },
  );
  /** @type {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, testResults: { status: string, assertionResults: { status: string }[] }[] } | undefined} */
  const report = await readJson(file);
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  // A file that could not even be loaded has no tests to count, and is a failure all the same.
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length;
  return honest(code, {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles,
    skipped: report.numPendingTests + report.numTodoTests,
  });
}

/** @param {readonly string[]} selection @returns {Promise<Counts>} */
async function runPlaywright(selection) {
  const file = join(RESULTS, 'playwright.json');
  const { code } = await run(bin('playwright'), ['test', '-c', E2E_CONFIG, '--reporter=list,json', ...selection], {
    show: true,
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: file },
  });
  /** @type {{ stats: { expected: number, unexpected: number, flaky: number, skipped: number } } | undefined} */
  const report = await readJson(file);
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const { expected, flaky, unexpected, skipped } = report.stats;
  return honest(code, { passed: expected + flaky, failed: unexpected, skipped });
}

/** A runner that failed without a failed test (an error outside all tests) is one failure. @param {number} code @param {Counts} counts */
const honest = (code, counts) => (code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts);

async function countS3Tests() {
  // Nothing connects to this address to list them.
  const nowhere = { S3_TEST_ENDPOINT: 'http://127.0.0.1:9', S3_TEST_ACCESS_KEY: 'none', S3_TEST_SECRET_KEY: 'none' };
  const { stdout } = await run(bin('vitest'), ['list', '--project', 's3', '--json'], { env: nowhere });
  return /** @type {unknown[]} */ (JSON.parse(stdout || '[]')).length;
}

async function countS3BrowserTests() {
  const { stdout } = await run(bin('playwright'), ['test', '-c', E2E_CONFIG, '--list', '--grep', NAMES_S3]);
  return Number(/^Total: (\d+) /m.exec(stdout)?.[1] ?? 0);
}

/** Those of the version that is missing are as many as those of the one that is there. */
async function countNatsVersionTests() {
  const { stdout } = await run(bin('vitest'), ['list', '--project', 'nats', '--json']);
  const tests = /** @type {{ name: string }[]} */ (JSON.parse(stdout || '[]'));
  return tests.filter(({ name }) => NAMES_NATS_VERSION.test(name)).length;
}

/** @param {number} tests @param {string} need @param {string} why @returns {Counts} */
function leftOut(tests, need, why) {
  say(`\nThe ${tests} tests that ${need} are left out. ${why}`);
  return inCi ? { passed: 0, failed: tests, skipped: 0 } : { passed: 0, failed: 0, skipped: tests };
}

/** @param {string} file */
async function readJson(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {readonly Counts[]} counts */
function summarize(counts) {
  const sum = (/** @type {keyof Counts} */ key) => counts.reduce((total, count) => total + count[key], 0);
  const [passed, failed, skipped] = [sum('passed'), sum('failed'), sum('skipped')];
  say(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed > 0 || passed === 0 ? 1 : 0;
}
