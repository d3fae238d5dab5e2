import { expect, test } from 'vitest';
import { readCurrent } from '../commit/current.ts';
import { walkNodes } from '../manifest/walk.ts';
import { fakeSha, shaOf } from '../model/ids.ts';
import type { JobTask, TaskOf } from '../model/job.ts';
import { commitOps, PROJECT, putText } from '../testing/test-project.ts';
import { stateOf } from '../tier/copy-state.ts';
import { works } from './works.fakes.ts';

const repair: TaskOf<'repair'> = { kind: 'repair', project: PROJECT };
const reconcile: TaskOf<'reconcile'> = { kind: 'reconcile' };
const scrub: TaskOf<'scrub'> = { kind: 'scrub', share: 1 };
type Task = Extract<JobTask, { readonly kind: 'repair' | 'reconcile' | 'scrub' }>;
type Harm = 'gone' | 'damaged';

/** A project whose newest node or commit has come to harm in one tier. */
async function harmed(which: 'manifest_sha' | 'commit_sha', harm: Harm, tier: 'hot' | 'cold' = 'cold') {
  const all = await works();
  await all.write('a', 'one');
  await all.run({ kind: 'archive', project: PROJECT });
  const at = await readCurrent(all.tiers.index, PROJECT);
  if (!at) throw new Error('no project');
  const sha = at.current[which];
  const store = all[tier];
  if (harm === 'gone') await store.delete(sha);
  else store.damage(sha, Buffer.from('{}'));
  return { ...all, sha, state: () => stateOf(() => store.get(sha)) };
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

for (const which of ['manifest_sha', 'commit_sha'] as const) {
  for (const harm of ['gone', 'damaged'] as const) {
    const what = `a ${which.slice(0, -4)} that is ${harm} in hot`;
    for (const task of [repair, scrub]) {
      test(`a ${task.kind} makes ${what} from cold, and a dry run says so`, async () => {
        const { run, state, sha } = await harmed(which, harm, 'hot');
        const { plan, failures } = await run(task, { dryRun: true });
        expect(plan?.listed).toMatchObject([
          { item: sha, reason: expect.stringContaining(`${harmWord(harm)} in hot`) },
        ]);
        expect([failures.count, await state()]).toEqual([0, harm === 'gone' ? 'absent' : 'damaged']);
        expect((await run(task)).failures.count).toBe(0);
        expect(await state()).toBe('good');
      });
    }

    test(`a reconcile goes on past ${what}, and says which`, async () => {
      const { run, sha, cold, isCold } = await harmed(which, harm, 'hot');
      await cold.delete(shaOf('one'));
      const { failures, sentence } = await run(reconcile);
      expect(sentence).toContain('Archived 1 of 1 object');
      expect(failures.listed).toMatchObject([{ sha, reason: expect.stringContaining('repair the project') }]);
      expect(await isCold('one')).toBe(true);
    });
  }
}
const harmWord = (harm: Harm): string => (harm === 'gone' ? 'absent' : harm);

for (const task of [repair, scrub, reconcile] as const) {
  test(`a ${task.kind} lists a node that no tier has, and heals what is beside it`, async () => {
    const { run, io, hot, cold, isCold } = await works();
    const paths = Array.from({ length: 400 }, (_, i) => `dir/file-${String(i).padStart(3, '0')}`);
    await commitOps(io, ...(await Promise.all(paths.map((path) => putText(io, path, path)))));
    await run({ kind: 'archive', project: PROJECT });
    const at = await readCurrent(io.index, PROJECT);
    let lost = fakeSha();
    for await (const node of walkNodes(io.nodes, at?.current.manifest_sha ?? lost)) lost = node;
    hot.damage(lost, Buffer.from('{}'));
    await cold.delete(lost);
    const [first = ''] = paths;
    await cold.delete(shaOf(first));
    const { failures } = await run(task);
    expect(failures.listed).toMatchObject([{ sha: lost, reason: expect.stringContaining('no tier has this part') }]);
    expect(await isCold(first)).toBe(true);
  });
}
