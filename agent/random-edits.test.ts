// Random edits on several nodes at once, agents killed and started between them: whatever the order of events, all
// nodes end with the same tree, and every version that was left on disk long enough to be read is in history. The seed
// is in the test's name; FS_SEED and FS_HISTORIES try others.
import { chmodSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { readCurrent } from '../core/commit/current.ts';
import { walkTree } from '../core/manifest/walk.ts';
import { isFile } from '../core/model/entry.ts';
import { isDiskError } from './disk/disk-error.ts';
import { Fleet, type FleetStores, PROJECT, type TestNode, treeOf } from './testing/fleet.ts';
import { randomOf } from './testing/random.ts';

const firstSeed = Number(process.env.FS_SEED ?? 1);
const histories = Number(process.env.FS_HISTORIES ?? 6);
const ROUNDS = 6;

const NAMES = ['a', 'b', 'c', 'd'];

function randomPath(random: (limit: number) => number): string {
  const depth = 1 + random(3);
  return Array.from({ length: depth }, () => NAMES[random(NAMES.length)]).join('/');
}

function edit(node: TestNode, random: (limit: number) => number, serial: number): void {
  const path = node.path(randomPath(random));
  const other = node.path(randomPath(random));
  try {
    switch (random(9)) {
      case 0:
      case 1:
      case 2:
      case 3:
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, `${node.name} ${serial} ${'x'.repeat(random(3000))}`);
        break;
      case 4:
        mkdirSync(path, { recursive: true });
        break;
      case 5:
        rmSync(path, { recursive: true, force: true });
        break;
      case 6:
        mkdirSync(dirname(other), { recursive: true });
        renameSync(path, other);
        break;
      case 7:
        chmodSync(path, statSync(path).isDirectory() ? 0o755 : random(2) ? 0o600 : 0o755);
        break;
      default:
        writeFileSync(path, '');
    }
  } catch (error) {
    // A file where a directory would be, a directory that is not empty: no edit then.
    if (!isDiskError(error)) throw error;
  }
}

for (let seed = firstSeed; seed < firstSeed + histories; seed++) {
  test(`random edits on three nodes converge, seed ${seed}`, async () => {
    const random = randomOf(seed);
    const fleet = await Fleet.open();
    try {
      const names = ['a', 'b', 'c'];
      for (const name of names) fleet.start(name, { stores: laggard(fleet.stores, random) });
      await fleet.converged();
      for (let round = 0, serial = 0; round < ROUNDS; round++) {
        for (let i = 0; i < 12; i++) {
          const node = fleet.nodes.get(names[random(3)] ?? 'a');
          if (!node) throw new Error('three nodes run');
          edit(node, random, serial++);
          // Some edits meet an agent at work, some come in one turn.
          if (random(3) === 0) await new Promise((resolve) => setImmediate(resolve));
          if (random(10) === 0) {
            await node.agent.stop();
            edit(node, random, serial++);
            fleet.start(node.name, { stores: laggard(fleet.stores, random) });
          }
        }
        await fleet.settled();
        const [a, b, c] = await Promise.all(names.map((name) => treeOf(fleet.nodes.get(name)?.root ?? '')));
        expect(b).toEqual(a);
        expect(c).toEqual(a);
        expect(await projectTree(fleet)).toEqual(
          Object.keys(a ?? {})
            .map((path) => path.replace(/\/$/, ''))
            .sort(),
        );
      }
    } finally {
      await fleet.close();
    }
  });
}

/** A network: what is asked and told takes a while, another one each time. */
function laggard({ objects, index }: FleetStores, random: (limit: number) => number): Partial<FleetStores> {
  const pause = () => new Promise((resolve) => setTimeout(resolve, random(4) === 0 ? random(25) : 0));
  return {
    objects: {
      ...objects,
      async put(...args) {
        await pause();
        return objects.put(...args);
      },
      async get(...args) {
        await pause();
        return objects.get(...args);
      },
    },
    index: {
      ...index,
      async *watch(filter, options) {
        for await (const change of index.watch(filter, options)) {
          await pause();
          yield change;
        }
      },
    },
  };
}

async function projectTree(fleet: Fleet): Promise<string[]> {
  const current = await readCurrent(fleet.stores.index, PROJECT);
  const found: string[] = [];
  if (!current) return found;
  for await (const entry of walkTree(fleet.io.nodes, current.current.manifest_sha)) {
    found.push(entry.path);
    if (isFile(entry)) expect((await fleet.stores.objects.stat(entry.sha)).kind).toBe('present');
  }
  return found.sort();
}
