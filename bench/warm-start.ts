// The restart of an agent on an unchanged workspace of 100,000 files: from the start of the process until its status in
// `fs_nodes` says that it is in sync, the memory that it took until then and at rest, and what it costs while nothing
// happens. The files are in the page cache, as after any restart of a program. At the end one file is changed, so that
// "in sync" is known to have meant that every directory is watched.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AgentProcess, type Fleet, withFleet, withScratch } from './fleet.ts';
import { percentile, type Report, type Row, rounded } from './row.ts';
import { makeTree, settleDisk, type Tree } from './tree.ts';

const MIB = 1024 * 1024;
const SHAPE = { directories: 5_000, filesEach: 20, sizeBytes: 512 };
const FILES = SHAPE.directories * SHAPE.filesEach;
const NODE = 'node-a';
const RESTARTS = 5;
const REST_MS = 5_000;
const IDLE_MS = 20_000;

export async function run(report: Report): Promise<void> {
  await withScratch(async (dir) => {
    const tree = await fill(dir);
    await withFleet(dir, 'always', (fleet) => measure(fleet, tree, report));
  });
}

/** Without an fsync a file: how the workspace came to be in sync is not what is measured. */
async function fill(dir: string): Promise<Tree> {
  return withFleet(dir, '1s', async (fleet) => {
    const tree = makeTree(fleet.workspace(NODE), SHAPE);
    const agent = await fleet.startAgent(NODE);
    await fleet.until(NODE, ({ state, files }) => state === 'in-sync' && files === FILES);
    await agent.stop();
    return tree;
  });
}

async function measure(fleet: Fleet, tree: Tree, report: Report): Promise<void> {
  const seconds: number[] = [];
  let peak = 0;
  let agent: AgentProcess | undefined;
  for (let start = 1; start <= RESTARTS; start++) {
    await agent?.stop();
    await settleDisk();
    await sleep(REST_MS);
    const startedAt = performance.now();
    const since = new Date().toISOString();
    const inSync = fleet.until(
      NODE,
      ({ state, files }, { started }) => started >= since && state === 'in-sync' && files === FILES,
    );
    agent = await fleet.startAgent(NODE);
    await inSync;
    seconds.push((performance.now() - startedAt) / 1000);
    peak = Math.max(peak, agent.peakRss());
  }
  if (!agent) throw new Error('at least one start is measured');
  await sleep(REST_MS);
  const before = agent.cpuSeconds();
  await sleep(IDLE_MS);
  const idlePercent = ((agent.cpuSeconds() - before) / (IDLE_MS / 1000)) * 100;
  peak = Math.max(peak, agent.peakRss());
  await requireWatched(fleet, tree);

  const row = (name: string, value: number, unit: string, target: number) =>
    report(rowOf(`${name}, unchanged workspace of ${FILES} files`, rounded(value), unit, target));
  row('agent start until in sync', percentile(seconds, 0.5), 's', 1.5);
  row('peak memory (RSS) of the agent', peak / MIB, 'MiB', 150);
  row('processor time at rest', idlePercent, '% of a core', 1);
}

/** @throws when a change in the last directory is not found at once, by its watch */
async function requireWatched(fleet: Fleet, tree: Tree): Promise<void> {
  const { base } = await fleet.until(NODE, ({ state }) => state === 'in-sync');
  appendFileSync(join(fleet.workspace(NODE), [...tree.shas.keys()].at(-1) ?? ''), 'changed');
  await fleet.until(NODE, (now) => now.state === 'in-sync' && now.base !== base);
}

const rowOf = (name: string, value: number, unit: string, target: number): Row => ({
  bench: 'warm-start',
  case: name,
  value,
  unit,
  better: 'lower',
  target,
  ok: value <= target,
});
