// Makes a fresh machine able to run the product, or its tests too. Every part first looks whether it is there already,
// so that this costs next to nothing from the second time on. Standard Node only: it runs before the npm packages are there.
import './node-version.mjs';
import { fileURLToPath } from 'node:url';
import { ensureChromium } from './get-chromium.mjs';
import { ensureNatsServer, NatsServerMissingError } from './get-nats-server.mjs';
import { ensureRadosgw } from './get-radosgw.mjs';
import { ensureNatsTestServers } from './nats-test-servers.mjs';
import { ensurePackages } from './npm-packages.mjs';
import { runMain, SetupError } from './run-command.mjs';

/** @typedef {'packages' | 'nats' | 'chromium' | 's3'} SetupPart */

/** @param {string} line */
export const say = (line) => console.log(line);

/** @type {Record<SetupPart, (log: (line: string) => void) => Promise<unknown>>} */
const PARTS = {
  packages: ensurePackages,
  nats: async (log) => {
    // Child processes take the one that was found or fetched here.
    process.env.FS_NATS_SERVER = await orSetupError(ensureNatsServer({ log }));
  },
  chromium: ensureChromium,
  s3: ensureRadosgw,
};

/**
 * npm's packages come beside the others, which are Debian's and come one after the other: one of them is compiled for a
 * minute on one processor.
 * @param {readonly SetupPart[]} parts @throws {SetupError}
 */
export async function setup(parts) {
  const programs = async () => {
    for (const part of parts) if (part !== 'packages') await PARTS[part](say);
  };
  await allOf([parts.includes('packages') ? PARTS.packages(say) : undefined, programs()]);
}

/** Whatever fails, nothing is left running. @param {readonly unknown[]} works */
async function allOf(works) {
  for (const outcome of await Promise.allSettled(works)) if (outcome.status === 'rejected') throw outcome.reason;
}

/** For tests, which run on two versions of nats-server. @returns {Promise<string | undefined>} why there is only one, in a
 *  sentence @throws {SetupError} there is none */
export const setupNatsForTests = () => orSetupError(ensureNatsTestServers(say));

/** @template T @param {Promise<T>} ensured @returns {Promise<T>} */
async function orSetupError(ensured) {
  try {
    return await ensured;
  } catch (cause) {
    throw cause instanceof NatsServerMissingError ? new SetupError(cause.message) : cause;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  runMain(async () => {
    await setup(['packages', 'nats', 'chromium', 's3']);
    const oneNats = await setupNatsForTests();
    if (oneNats) say(oneNats);
    say('Everything that the product and its tests need is installed.');
    return 0;
  });
}
