// 10,000 files of 4 KiB from A to B, beside Syncthing. The tree is made beforehand, next to A's workspace and written to
// disk; one rename puts it in, and there the clock starts: so neither program pays for the making of the files, and none
// can begin before the others. It stops when B has the last file; then all are compared by SHA-256.
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SyncInterval, withAgents } from './fleet.ts';
import { fillPageCache } from './page-cache.ts';
import { percentile, type Report, rounded } from './row.ts';
import { besides, withSyncthing } from './syncthing.ts';
import { damaged, makeTree, type Pair, settleDisk, untilArrived } from './tree.ts';

const SHAPE = { directories: 250, filesEach: 40, sizeBytes: 4096 };
const FILES = SHAPE.directories * SHAPE.filesEach;
/** The median counts; the programs keep running, each round adds a tree. Both are faster from round to round, until their
 *  code is compiled for it: nodes run for months, so that the middle of five is nearer to what they do. */
const ROUNDS = 5;
const REST_MS = 3_000;
const TARGETS: readonly { syncInterval: SyncInterval; rate: number; atLeast: number }[] = [
  { syncInterval: '1s', rate: 4000, atLeast: 5 },
  // Syncthing has no such setting; its value stands beside, and nothing is asked of the ratio.
  { syncInterval: 'always', rate: 2000, atLeast: 0 },
];

export async function run(report: Report): Promise<void> {
  const rates = new Map<SyncInterval, number>();
  for (const { syncInterval } of TARGETS) rates.set(syncInterval, await withAgents(syncInterval, filesPerSecond));
  const peer = await withSyncthing(async (pair) => ({ name: pair.name, value: rounded(await filesPerSecond(pair)) }));
  for (const { syncInterval, rate, atLeast } of TARGETS) {
    const value = rates.get(syncInterval) ?? 0;
    const { columns, ratio } = besides('higher', value, peer);
    report({
      bench: 'sync-small',
      case: `${FILES} files of 4 KiB, A to B, sync_interval ${syncInterval}`,
      value: rounded(value),
      unit: 'files/s',
      better: 'higher',
      target: rate,
      ...columns,
      ok: value >= rate && ratio >= atLeast,
    });
  }
}

async function filesPerSecond(pair: Pair): Promise<number> {
  fillPageCache(pair.scratch);
  const rates: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const name = `round-${round}`;
    const tree = makeTree(join(pair.scratch, name), SHAPE);
    await settleDisk();
    await sleep(REST_MS);
    const startedAt = performance.now();
    renameSync(join(pair.scratch, name), join(pair.a, name));
    await untilArrived(join(pair.b, name), tree);
    rates.push(FILES / ((performance.now() - startedAt) / 1000));
    const wrong = damaged(join(pair.b, name), tree);
    if (wrong > 0) throw new Error(`${pair.name} brought ${wrong} files with other bytes`);
  }
  return percentile(rates, 0.5);
}
