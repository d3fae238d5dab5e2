import { expect, test } from 'vitest';
import { listJobs } from '../job/jobs.ts';
import { parseProjectName } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { readTier, writeTier } from '../tier/project-tier.ts';
import { promoteOnFirstRead } from './first-read.ts';

const PROJECT = parseProjectName('site');
const NOW = Date.UTC(2026, 0, 1);

async function coldProject() {
  const [index, jobs] = [memoryKeyValue(), memoryKeyValue()];
  await writeTier(index, PROJECT, 'cold', NOW);
  const io = { index, jobs, clock: { now: () => NOW, sleep: async () => undefined }, log: silentLog };
  const tier = async () => (await readTier(index, PROJECT))?.tier;
  const asked = async () => (await listJobs(jobs, { limit: 9 })).jobs.map(({ id }) => id);
  return { io, index, jobs, tier, asked };
}

test('of many readers at once one asks for the job, and the project is not cold any more', async () => {
  const { io, tier, asked } = await coldProject();
  const outcomes = await Promise.all([1, 2, 3, 4].map(() => promoteOnFirstRead(io, PROJECT)));
  expect(outcomes.filter(({ kind }) => kind === 'asked')).toHaveLength(1);
  expect(await asked()).toHaveLength(1);
  expect(await tier()).toBe('hot');
});

const away = () => Promise.reject(new Error('NATS is away'));

test('a read that could not ask for the job leaves the project cold, and the next read asks', async () => {
  const { io, jobs, tier, asked } = await coldProject();
  await expect(promoteOnFirstRead({ ...io, jobs: { ...jobs, compareAndSet: away } }, PROJECT)).rejects.toThrow('away');
  expect([await tier(), await asked()]).toEqual(['cold', []]);
  const next = await promoteOnFirstRead(io, PROJECT);
  expect(next).toEqual({ kind: 'asked', job: (await asked())[0] });
  expect(await tier()).toBe('hot');
});

test('a read that is cut off when the job is there leaves the rest to the next one, which asks for no second job', async () => {
  const { io, index, tier, asked } = await coldProject();
  let swaps = 0;
  const cutOff = {
    ...index,
    compareAndSet: (...swap: Parameters<typeof index.compareAndSet>) =>
      ++swaps === 2 ? away() : index.compareAndSet(...swap),
  };
  await expect(promoteOnFirstRead({ ...io, index: cutOff }, PROJECT)).rejects.toThrow('away');
  expect([await tier(), (await asked()).length]).toEqual(['cold', 1]);
  expect(await promoteOnFirstRead(io, PROJECT)).toEqual({ kind: 'nothing' });
  expect([await tier(), (await asked()).length]).toEqual(['hot', 1]);
});
