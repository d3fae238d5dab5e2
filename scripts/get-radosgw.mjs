// Gets Ceph's radosgw, the real S3 server of the tests and of `npm start -- --s3`, from Debian's packages.
// Running it is core/embedded/radosgw.ts, which looks in the system and then in the project's cache.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDebianPackages } from './debian-packages.mjs';
import { SetupError } from './run-command.mjs';

const PROGRAMS = ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'ceph-authtool', 'monmaptool', 'osdmaptool'];

/**
 * @param {(line: string) => void} log
 * @throws {SetupError} what is missing, why, and what else can be done
 */
export async function ensureRadosgw(log) {
  if (hasPrograms('/')) return;
  try {
    const installed = await ensureDebianPackages('radosgw', ['radosgw', 'ceph-mon', 'ceph-osd'], log);
    if (!hasPrograms(installed)) throw new SetupError('the packages hold other programs than expected');
  } catch (cause) {
    if (!(cause instanceof SetupError)) throw cause;
    throw new SetupError(
      'radosgw, the S3 server for tests and for "npm start -- --s3", cannot be installed here. ' +
        'Install the Debian or Ubuntu packages radosgw, ceph-mon and ceph-osd, or name another S3 server: for tests by ' +
        'S3_TEST_ENDPOINT with S3_TEST_ACCESS_KEY and S3_TEST_SECRET_KEY, for the product by S3_BUCKET and S3_ENDPOINT. ' +
        `The reason: ${cause.message}`,
    );
  }
}

/** @param {string} tree */
const hasPrograms = (tree) => PROGRAMS.every((name) => existsSync(join(tree, 'usr/bin', name)));
