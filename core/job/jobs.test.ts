import { expect, test } from 'vitest';
import { parseProjectName, shaOf } from '../model/ids.ts';
import { jobKey } from '../model/index-keys.ts';
import { encodeJob, type Job, type JobTask } from '../model/job.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { ACTOR } from '../testing/test-project.ts';
import { listJobs, readJob, requestJob, retriedObjects, retryJob } from './jobs.ts';

const REPAIR: JobTask = { kind: 'repair', project: parseProjectName('site') };
const NOW = Date.UTC(2026, 0, 1);

async function ended(task: JobTask, change: Partial<Job> = {}) {
  const records = memoryKeyValue();
  const { job } = await requestJob(records, { task, actor: ACTOR, seen: { items: 3, bytes: 9 } }, NOW);
  const failed: Job = { ...job, state: 'failed', ...change };
  await records.put(jobKey(job.id), encodeJob(failed));
  const end = async (id: string, state: Job['state']) => {
    const at = await readJob(records, id);
    if (at) await records.put(jobKey(id), encodeJob({ ...at.job, state }));
  };
  const ask = () => retryJob(records, failed.id, ACTOR, NOW + 1);
  const ids = async () => (await listJobs(records, { limit: 99 })).jobs.map(({ id }) => id);
  return { records, failed, end, ask, ids };
}

test('a retry that is asked for many times at once is one job, which goes no further than what was read', async () => {
  const { records, failed, ask, ids } = await ended(REPAIR);
  const outcomes = await Promise.all([1, 2, 3, 4].map(ask));
  expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['changed', 'exists', 'exists', 'exists']);
  const [retry, ...others] = (await ids()).filter((id) => id !== failed.id);
  expect(others).toEqual([]);
  expect((await readJob(records, retry ?? ''))?.job).toMatchObject({
    retry_of: failed.id,
    seen: { items: 3, bytes: 9 },
  });
});

test('one that was cut off before its job was there is asked for under the same name', async () => {
  const { records, failed, ask, ids } = await ended(REPAIR);
  const cutOff = {
    ...records,
    compareAndSet: async (key: string, value: Uint8Array, revision: number) => {
      if (revision === 0) throw new Error('the server is gone');
      return records.compareAndSet(key, value, revision);
    },
  };
  await expect(retryJob(cutOff, failed.id, ACTOR, NOW)).rejects.toThrow('the server is gone');
  const named = (await readJob(records, failed.id))?.job.retried;
  expect(await ask()).toMatchObject({ kind: 'changed', job: { id: named } });
  expect(await ids()).toHaveLength(2);
});

test('when a retry is over, another can be asked for', async () => {
  const { ask, end, ids } = await ended(REPAIR);
  const first = await ask();
  if (first.kind !== 'changed') throw new Error(first.kind);
  await end(first.job.id, 'failed');
  expect((await ask()).kind).toBe('changed');
  expect(await ids()).toHaveLength(3);
});

const failures = (count: number, ...listed: Job['failures']['listed']) => ({ failures: { count, listed } });
const one = { item: 'a', sha: shaOf('a'), reason: 'it is gone' };

test.each([
  ['objects, all of them listed', REPAIR, failures(1, one), [one.sha]],
  ['more objects than are listed', REPAIR, failures(2, one), undefined],
  ['something that is no object', REPAIR, failures(2, one, { item: 'node-b:/srv', reason: 'it stays' }), undefined],
  ['nothing by itself', REPAIR, failures(0), undefined],
  ['objects, of a task on everything', { kind: 'scrub', share: 1 } as const, failures(1, one), undefined],
])('what a retry does alone, when what failed was %s', async (_, task, change, expected) => {
  const { failed, ask } = await ended(task, change);
  expect(retriedObjects(failed)).toEqual(expected);
  const retry = await ask();
  const narrowed = expected ? { ...task, shas: expected } : task;
  expect(retry).toMatchObject({ kind: 'changed', job: { task: narrowed } });
});
