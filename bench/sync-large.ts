// One file of 1 GiB from A to B, beside Syncthing, and the memory that it takes of each agent. The file is made beforehand
// and written to disk; a rename puts it into A's workspace, and there the clock starts. It stops when B has it under its
// name, whole and fsynced; then it is compared by SHA-256.
import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withAgents } from './fleet.ts';
import { fillPageCache } from './page-cache.ts';
import { percentile, type Report, rounded } from './row.ts';
import { besides, withSyncthing } from './syncthing.ts';
import { hashOfFile, makeLargeFile, type Pair, settleDisk, until } from './tree.ts';

const MIB = 1024 * 1024;
const SIZE_BYTES = 1024 * MIB;
/** A megabyte of `MB/s`, as disks and networks are sold. */
const MB = 1_000_000;
const ROUNDS = 3;
const REST_MS = 3_000;

export async function run(report: Report): Promise<void> {
  const ours = await withAgents('always', async (pair) => ({
    rate: await rateOf(pair),
    peaks: pair.agents.map((agent) => agent.peakRss()),
  }));
  const peer = await withSyncthing(async (pair) => ({ name: pair.name, value: rounded(await rateOf(pair)) }));
  const { columns, ratio } = besides('higher', ours.rate, peer);
  report({
    bench: 'sync-large',
    case: 'one file of 1 GiB, A to B',
    value: rounded(ours.rate),
    unit: 'MB/s',
    better: 'higher',
    target: 200,
    ...columns,
    ok: ours.rate >= 200 && ratio >= 4,
  });
  for (const [i, side] of ['A, which sends', 'B, which receives'].entries()) {
    const peak = (ours.peaks[i] ?? Number.NaN) / MIB;
    report({
      bench: 'sync-large',
      case: `peak memory (RSS) of the agent on ${side}`,
      value: rounded(peak),
      unit: 'MiB',
      better: 'lower',
      target: 250,
      ok: peak <= 250,
    });
  }
}

async function rateOf(pair: Pair): Promise<number> {
  fillPageCache(pair.scratch);
  const rates: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const name = `large-${round}.bin`;
    const sha = await makeLargeFile(join(pair.scratch, name), SIZE_BYTES);
    await settleDisk();
    await sleep(REST_MS);
    const startedAt = performance.now();
    renameSync(join(pair.scratch, name), join(pair.a, name));
    const arrived = join(pair.b, name);
    await until(arrived, () => statSync(arrived, { throwIfNoEntry: false })?.size === SIZE_BYTES);
    rates.push(SIZE_BYTES / MB / ((performance.now() - startedAt) / 1000));
    if ((await hashOfFile(arrived)) !== sha) throw new Error(`${pair.name} brought other bytes`);
  }
  return percentile(rates, 0.5);
}
