// Makes a fresh machine able to run the product, or its tests too. Every part first looks whether it is there already,
// so that this costs next to nothing from the second time on. Standard Node only: it runs before the npm packages are there.
import './node-version.mjs';
import { fileURLToPath } from 'node:url';
import { ensureChromium } from './get-chromium.mjs';
import { ensureNatsServer, NatsServerMissingError } from './get-nats-server.mjs';
import { ensureRadosgw } from './get-radosgw.mjs';
import { ensurePackages } from './npm-packages.mjs';
import { runMain, SetupError } from './run-command.mjs';

/** @typedef {'packages' | 'nats' | 'chromium' | 's3'} SetupPart */

/** @param {string} line */
export const say = (line) => console.log(line);

/** @type {Record<SetupPart, (log: (line: string) => void) => Promise<unknown>>} */
const PARTS = {
  packages: ensurePackages,
  nats: async (log) => {
    try {
      // Child processes take the one that was found or fetched here.
      process.env.FS_NATS_SERVER = await ensureNatsServer({ log });
    } catch (cause) {
      throw cause instanceof NatsServerMissingError ? new SetupError(cause.message) : cause;
    }
  },
  chromium: ensureChromium,
  s3: ensureRadosgw,
};

/** @param {readonly SetupPart[]} parts @throws {SetupError} */
export async function setup(parts) {
  for (const part of parts) await PARTS[part](say);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  runMain(async () => {
    await setup(['packages', 'nats', 'chromium', 's3']);
    say('Everything that the product and its tests need is installed.');
    return 0;
  });
}
