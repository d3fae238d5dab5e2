// Ceph's programs: where they are (the system's, or those that the set-up unpacked into the project's cache), and how
// they are called.
import { execFile } from 'node:child_process';
import { access, constants, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The embedded S3 server does not work; the message has the reason and the next step. */
export class RadosgwError extends Error {
  override name = 'RadosgwError';
}

export interface CephPrograms {
  /** the root of the file tree that they are installed in */
  readonly tree: string;
  /** the directory in it that holds Ceph's plug-ins */
  readonly libraryDir: string;
  readonly env: NodeJS.ProcessEnv;
  path(program: string): string;
}

const NEEDED = ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'ceph-authtool', 'monmaptool', 'osdmaptool'];

/** @throws RadosgwError  with what to install */
export async function findCeph(): Promise<CephPrograms> {
  for (const tree of ['/', ...cached()]) {
    if (await hasAll(tree)) return programsIn(tree);
  }
  throw new RadosgwError(
    'radosgw, the S3 server, is not installed: run "node scripts/get-radosgw.mjs", or install the Debian or Ubuntu packages radosgw, ceph-mon and ceph-osd; or name another S3 server with S3_BUCKET and S3_ENDPOINT',
  );
}

/** The set-up's cache lies at the project's root, wherever below it this code runs from. */
function cached(): string[] {
  const found: string[] = [];
  let directory = dirname(fileURLToPath(import.meta.url));
  while (directory !== dirname(directory)) {
    found.push(join(directory, '.cache/debian/radosgw'));
    directory = dirname(directory);
  }
  return found;
}

async function hasAll(tree: string): Promise<boolean> {
  try {
    await Promise.all(NEEDED.map((name) => access(join(tree, 'usr/bin', name), constants.X_OK)));
    return true;
  } catch {
    return false;
  }
}

async function programsIn(tree: string): Promise<CephPrograms> {
  const triplet = (await readdir(join(tree, 'usr/lib'))).find((name) => name.endsWith('-linux-gnu')) ?? '';
  const libraryDir = join(tree, 'usr/lib', triplet);
  const libraries = [libraryDir, join(libraryDir, 'ceph'), join(tree, 'lib', triplet), process.env.LD_LIBRARY_PATH];
  return {
    tree,
    libraryDir,
    env: tree === '/' ? process.env : { ...process.env, LD_LIBRARY_PATH: libraries.filter(Boolean).join(':') },
    path: (program) => join(tree, 'usr/bin', program),
  };
}

/** Runs one of the short-lived programs to its end. @throws RadosgwError  with what it said */
export async function runCeph(
  programs: CephPrograms,
  cwd: string,
  program: string,
  args: readonly string[],
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: programs.env, timeout: 120_000, maxBuffer: 16 * 2 ** 20 };
    execFile(programs.path(program), args, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      // Without the error itself, its message or as a cause: it has the command line, and in it a secret.
      const said = stderr.trim().split('\n').slice(-3).join('\n') || `code ${error.code ?? error.signal}`;
      reject(new RadosgwError(`the S3 server cannot be prepared in ${cwd}: ${program} failed: ${said}`));
    });
  });
}
