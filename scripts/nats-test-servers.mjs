// The nats-servers that tests run on: the oldest that is supported, and the newest that this machine can get. They differ in
// what matters here (since 2.11 one question brings many messages), and users have both. Tests find them by
// FS_NATS_SERVER and FS_NATS_SERVER_NEWEST.
import { ensureNatsServer, isOlder, NatsServerMissingError, natsServerVersion } from './get-nats-server.mjs';

/** The first that gives several messages for one question. */
const BATCH_SINCE = [2, 11];

/**
 * @param {(line: string) => void} log
 * @param {typeof ensureNatsServer} [ensure]  where servers come from
 * @returns {Promise<string | undefined>} why there is only one of the two, in a sentence
 * @throws {NatsServerMissingError} there is none at all
 */
export async function ensureNatsTestServers(log, ensure = ensureNatsServer) {
  const oldest = process.env.FS_NATS_SERVER ? await fromMachine(ensure) : await fromDebian('trixie', log, ensure);
  const newest = await fromDebian('sid', log, ensure);
  process.env.FS_NATS_SERVER = oldest.path;
  process.env.FS_NATS_SERVER_NEWEST = newest.path;
  if (!isOlder(oldest.version, BATCH_SINCE)) return `There is no nats-server 2.10 here: ${oldest.instead}.`;
  if (isOlder(newest.version, BATCH_SINCE)) return `There is no nats-server 2.11 or newer here: ${newest.instead}.`;
  return undefined;
}

/** @typedef {{ path: string, version: string, instead: string }} Found `instead`: why it is not another one */

/** What the environment names, or PATH has, or was fetched before.
 *  @param {typeof ensureNatsServer} ensure @param {string} [why] @returns {Promise<Found>} */
async function fromMachine(ensure, why) {
  const path = await ensure();
  const version = (await natsServerVersion(path)) ?? '';
  return { path, version, instead: why ?? `FS_NATS_SERVER is ${version}` };
}

/** @param {'trixie' | 'sid'} suite @param {(line: string) => void} log @param {typeof ensureNatsServer} ensure
 *  @returns {Promise<Found>} */
async function fromDebian(suite, log, ensure) {
  try {
    const path = await ensure({ suite, log });
    const version = (await natsServerVersion(path)) ?? '';
    return { path, version, instead: `Debian ${suite} has ${version}` };
  } catch (error) {
    if (error instanceof NatsServerMissingError) return fromMachine(ensure, error.why);
    throw error;
  }
}
