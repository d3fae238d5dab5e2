// What the parts of a server give to its jobs.
import { expect, test } from 'vitest';
import { readJob, requestJob } from '../core/job/jobs.ts';
import { parseTenant, type Sha } from '../core/model/ids.ts';
import { jobKey } from '../core/model/index-keys.ts';
import { silentLog } from '../core/model/log.ts';
import { memoryColdStore } from '../core/store/memory-cold-store.ts';
import { memoryEventLog } from '../core/store/memory-event-log.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { ACTOR, commitText, memoryCommitIo, newProject } from '../core/testing/test-project.ts';
import { openLifecycle } from './lifecycle.ts';

test('a sweep, which reads every node, reads them past the cache that pages live on', async () => {
  const tenant = parseTenant('default');
  const io = memoryCommitIo();
  await newProject(io);
  const { current } = (await commitText(io, 'a.txt', 'content')).at;
  const { clock, index, objects: hot, nodes } = io;
  const through = { cache: [] as Sha[], past: [] as Sha[] };
  const noting = (read: Sha[]) => ({
    ...nodes,
    getNode: (sha: Sha) => {
      read.push(sha);
      return nodes.getNode(sha);
    },
  });
  const jobs = memoryKeyValue();
  const ending = new AbortController();
  const { signal } = ending;
  const events = memoryEventLog();
  const cold = memoryColdStore(tenant);
  const lifecycle = openLifecycle(
    {
      tiers: { tenant, hot, cold, nodes: noting(through.cache), index, events, clock, log: silentLog },
      nodesOnce: noting(through.past),
      events,
      jobs,
      nodes: memoryKeyValue(),
      wanted: { isHeld: async () => false, put: async () => false },
      proofs: { ask: async () => ({ kind: 'waiting' }) },
      lastRead: () => undefined,
      rehydrated: () => {},
      health: { coldFailed: () => {}, coldWorked: () => {} },
      settings: { FS_HOT_HIGH_BYTES: undefined, FS_HOT_LOW_BYTES: undefined, FS_EVICT_IDLE_DAYS: undefined },
      requireOwnCold: async () => {},
    },
    signal,
  );
  const running = lifecycle.runJobs(signal);
  const { job } = await requestJob(jobs, { task: { kind: 'sweep' }, actor: ACTOR, dryRun: false }, clock.now());
  for await (const _ of jobs.watch(jobKey(job.id), { signal })) {
    if ((await readJob(jobs, job.id))?.job.state === 'done') break;
  }
  ending.abort();
  await running;
  expect(through.past).toContain(current.manifest_sha);
  expect(through.cache).toEqual([]);
});
