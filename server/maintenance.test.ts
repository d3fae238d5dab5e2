import { expect, test } from 'vitest';
import { type Log, silentLog } from '../core/model/log.ts';
import { runMaintenance } from './maintenance.ts';

test('a step that fails keeps no other waiting, is told, and is tried again an hour later', async () => {
  const ending = new AbortController();
  const did: string[] = [];
  const warned: string[] = [];
  const log: Log = { ...silentLog, warn: (_, message) => warned.push(message) };
  let hours = 0;
  const sleep = async (ms: number) => {
    expect(ms).toBe(3_600_000);
    if (++hours === 2) ending.abort();
  };
  const steps = {
    'end graces': async () => {
      did.push('grace');
      if (hours === 0) throw new Error('cold does not answer');
    },
    'remove old jobs': async () => did.push('jobs'),
  };
  await runMaintenance(steps, { signal: ending.signal, clock: { now: () => 0, sleep }, log });
  expect(did).toEqual(['grace', 'jobs', 'grace', 'jobs']);
  expect(warned).toEqual(['could not end graces: cold does not answer; trying again in an hour']);
});
