import { expect, test } from 'vitest';
import { readCurrent } from '../commit/current.ts';
import type { JobTask, TaskOf } from '../model/job.ts';
import { PROJECT } from '../testing/test-project.ts';
import { stateOf } from '../tier/copy-state.ts';
import { works } from './works.fakes.ts';

const repair: TaskOf<'repair'> = { kind: 'repair', project: PROJECT };
const reconcile: TaskOf<'reconcile'> = { kind: 'reconcile' };
const scrub: TaskOf<'scrub'> = { kind: 'scrub', share: 1 };
type Task = Extract<JobTask, { readonly kind: 'repair' | 'reconcile' | 'scrub' }>;
type Harm = 'gone' | 'damaged';

/** A project whose newest node or commit has come to harm in cold. */
async function harmed(which: 'manifest_sha' | 'commit_sha', harm: Harm) {
  const all = await works();
  await all.write('a', 'one');
  await all.run({ kind: 'archive', project: PROJECT });
  const at = await readCurrent(all.tiers.index, PROJECT);
  if (!at) throw new Error('no project');
  const sha = at.current[which];
  if (harm === 'gone') await all.cold.delete(sha);
  else all.cold.damage(sha, Buffer.from('{}'));
  return { ...all, sha, state: () => stateOf(() => all.cold.get(sha)) };
}

const finders: readonly (readonly [Harm, Task])[] = [
  ['gone', repair],
  ['damaged', repair],
  ['gone', scrub],
  ['damaged', scrub],
  ['gone', reconcile],
];
for (const which of ['manifest_sha', 'commit_sha'] as const) {
  for (const [harm, task] of finders) {
    test(`a ${task.kind} puts a ${which.slice(0, -4)} again that is ${harm} in cold, and a dry run says so`, async () => {
      const { run, state, sha } = await harmed(which, harm);
      const plan = (await run(task, { dryRun: true })).plan;
      expect(plan?.listed).toMatchObject([{ item: sha, reason: expect.stringContaining('part of the manifest') }]);
      expect(await state()).not.toBe('good');
      expect((await run(task)).failures.count).toBe(0);
      expect(await state()).toBe('good');
      expect((await run(task)).plan).toBeUndefined();
    });
  }
}

test('a node or commit that is damaged in cold is told as any object', async () => {
  const { run, told, sha } = await harmed('commit_sha', 'damaged');
  await run(scrub);
  const damage = told.flatMap((event) => (event.type === 'ObjectCorrupt' ? [event.payload] : []));
  expect(damage).toMatchObject([{ sha, tier: 'cold' }]);
});
