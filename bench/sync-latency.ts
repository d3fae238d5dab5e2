// One small file saved on node A until it is readable on node B with the right bytes: new files and files written over, at
// `sync_interval: always`, beside Syncthing. The clock starts before the save (open, write, close). It stops when this
// process has read the new bytes under the file's name on B; inotify tells it when to look, so that no polling adds to it.
// Nothing else happens meanwhile: between two saves is a random pause, in which both nodes come to rest.
import { randomBytes } from 'node:crypto';
import { type FSWatcher, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withAgents } from './fleet.ts';
import { percentile, type Report, rounded } from './row.ts';
import { besides, withSyncthing } from './syncthing.ts';
import { makeTree, type Pair, settleDisk, untilArrived } from './tree.ts';

/** The project that the saves happen in. */
const SHAPE = { directories: 20, filesEach: 50, sizeBytes: 4096 };
const SAVES = 250;
/** Before the clock counts: programs that have just started are still loading themselves. */
const WARM_UP = 10;
const PAUSE_MS = { least: 50, most: 150 };
const REST_MS = 2_000;
const LOST_MS = 60_000;

export async function run(report: Report): Promise<void> {
  const ours = await withAgents('always', latencies);
  const peer = await withSyncthing(async (pair) => ({ name: pair.name, samples: await latencies(pair) }));
  // "So many times faster" is said of the usual save; of the slowest ones the milliseconds are what counts.
  for (const { name, share, target, atLeast } of [
    { name: 'p50', share: 0.5, target: 10, atLeast: 10 },
    { name: 'p99', share: 0.99, target: 40, atLeast: 0 },
  ]) {
    const value = percentile(ours, share);
    const peerValue = peer && { name: peer.name, value: rounded(percentile(peer.samples, share)) };
    const { columns, ratio } = besides('lower', value, peerValue);
    report({
      bench: 'sync-latency',
      case: `one 4 KiB file saved on A, readable on B, ${name}`,
      value: rounded(value),
      unit: 'ms',
      better: 'lower',
      target,
      ...columns,
      ok: value <= target && ratio >= atLeast,
    });
  }
}

/** @returns milliseconds, one a save; every one of them arrived with the right bytes, or this throws */
async function latencies(pair: Pair): Promise<number[]> {
  const tree = makeTree(pair.a, SHAPE);
  await untilArrived(pair.b, tree);
  await settleDisk();
  await sleep(REST_MS);
  const paths = [...tree.shas.keys()];
  const arrivals = new Arrivals(pair.b, tree.directories);
  try {
    const samples: number[] = [];
    for (let save = 0; save < WARM_UP + SAVES; save++) {
      await sleep(PAUSE_MS.least + Math.random() * (PAUSE_MS.most - PAUSE_MS.least));
      const directory = tree.directories[save % tree.directories.length];
      const path = save % 2 === 0 ? `${directory}/new-${save}.bin` : (paths[(save * 37) % paths.length] ?? '');
      const bytes = randomBytes(SHAPE.sizeBytes);
      const arrival = arrivals.of(path, bytes);
      const savedAt = performance.now();
      writeFileSync(join(pair.a, path), bytes);
      const ms = (await arrival) - savedAt;
      if (save >= WARM_UP) samples.push(ms);
    }
    return samples;
  } finally {
    arrivals.close();
  }
}

/** Reads the awaited file at each event of its directory; one file is awaited at a time. */
class Arrivals {
  readonly #root: string;
  readonly #watchers: FSWatcher[];
  #look: (path: string) => void = () => {};

  constructor(root: string, directories: readonly string[]) {
    this.#root = root;
    this.#watchers = directories.map((directory) =>
      watch(join(root, directory), (_event, name) => this.#look(`${directory}/${name}`)),
    );
  }

  /** @returns when `path` held `bytes`, by `performance.now()` */
  of(path: string, bytes: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      const lost = setTimeout(() => reject(new Error(`${path} did not arrive in ${LOST_MS / 1000} s`)), LOST_MS);
      this.#look = (changed) => {
        if (changed !== path || !holds(join(this.#root, path), bytes)) return;
        resolve(performance.now());
        clearTimeout(lost);
        this.#look = () => {};
      };
    });
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
  }
}

function holds(file: string, bytes: Buffer): boolean {
  try {
    return readFileSync(file).equals(bytes);
  } catch {
    // The event may have been of its removal, before the next version takes the name.
    return false;
  }
}
