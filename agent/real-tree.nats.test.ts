// A real tree: this project's own node_modules, with its many small files, deep directories, executables and odd names, is
// synced, changed in the ways in which package managers and people change trees, and compared byte by byte each time.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { treeOf } from './testing/fleet.ts';
import { RealFleet } from './testing/real-fleet.ts';

const NODE_MODULES = realpathSync(join(import.meta.dirname, '../node_modules'));
/** Binaries of many megabytes say nothing more here, and links are not carried. */
const TOO_LARGE = 2_000_000;

/** Some 50,000 files are written and synced twice over. */
const GIVEN_UP_AFTER_MS = 300_000;

let fleet: RealFleet;
beforeAll(async () => {
  fleet = await RealFleet.open();
});
afterAll(() => fleet.close());

const onA = (...path: string[]): string => join(fleet.root('a'), ...path);

/** All agents looked at all there is, and both directories hold the same. @returns how many paths */
async function sameOnBoth(): Promise<number> {
  await fleet.kill('a', 'b');
  fleet.start('a', 'b');
  await fleet.inSync();
  const tree = await treeOf(fleet.root('a'));
  expect(await treeOf(fleet.root('b'))).toEqual(tree);
  return Object.keys(tree).length;
}

test(
  'node_modules is synced whole, and again after each way of changing it',
  async () => {
    cpSync(NODE_MODULES, onA('node_modules'), {
      recursive: true,
      filter: (source) => {
        const stat = lstatSync(source, { throwIfNoEntry: false });
        return stat !== undefined && (stat.isDirectory() || (stat.isFile() && stat.size < TOO_LARGE));
      },
      preserveTimestamps: true,
    });
    const files = await sameOnBoth();
    expect(files).toBeGreaterThan(10_000);
    // What an independent program sees, which knows nothing of our walk.
    execFileSync('diff', ['-r', '--exclude=.fs-sync', fleet.root('a'), fleet.root('b')]);

    const packages = readdirSync(onA('node_modules')).filter((name) => /^[a-z]/.test(name));
    const [first = '', second = '', third = '', fourth = '', fifth = ''] = packages;
    renameSync(onA('node_modules', first), onA('node_modules', `${first}-renamed`));
    rmSync(onA('node_modules', second), { recursive: true });
    cpSync(onA('node_modules', third), onA('vendored', third), { recursive: true });
    for (const name of readdirSync(onA('node_modules', fourth))) {
      const path = onA('node_modules', fourth, name);
      if (statSync(path).isFile()) appendFileSync(path, `\n// changed\n`);
    }
    chmodSync(onA('node_modules', fifth, 'package.json'), 0o755);
    mkdirSync(onA('node_modules', '.empty', 'deeper'), { recursive: true });
    await sameOnBoth();

    // Two package managers at once, one on each node.
    for (const name of packages.slice(10, 40)) {
      rmSync(onA('node_modules', name), { recursive: true });
      cpSync(join(NODE_MODULES, name), onA('node_modules', name), { recursive: true });
    }
    for (const name of packages.slice(40, 60)) {
      renameSync(join(fleet.root('b'), 'node_modules', name), join(fleet.root('b'), 'node_modules', `moved-${name}`));
    }
    await sameOnBoth();
  },
  GIVEN_UP_AFTER_MS,
);
