import { expect, test } from 'vitest';
import { shaOf } from '../model/ids.ts';
import { assignWorkspace } from '../node/assign-workspace.ts';
import { readDesired } from '../node/change-desired.ts';
import { NODE, nodeStatus, sayStatus, workspaceStatus } from '../node/node-records.fakes.ts';
import { PROJECT } from '../testing/test-project.ts';
import { readTier } from '../tier/project-tier.ts';
import { works } from './works.fakes.ts';

const deactivate = { kind: 'deactivate', project: PROJECT } as const;

test('one action archives a project, takes it off its nodes and evicts it; one brings it back', async () => {
  const { run, write, isHot, isCold, nodes, tiers } = await works();
  await write('a', 'one');
  await write('b', 'two');
  await assignWorkspace(nodes, NODE, { project: PROJECT, root: '/srv/demo' });
  await sayStatus(nodes, nodeStatus([workspaceStatus({ from: 'server' })]));
  expect((await run(deactivate, { dryRun: true })).sentence).toContain('Would archive');
  expect(await isCold('one')).toBe(false);
  // The node hears that it is to let go, proves what it has, and removes it.
  const hears = (async () => {
    for await (const change of nodes.watch('*.desired', { signal: AbortSignal.timeout(20_000) })) {
      if (change.kind !== 'put' || (await readDesired(nodes, NODE))?.workspaces.length !== 0) continue;
      return sayStatus(nodes, nodeStatus([]));
    }
  })();
  const { sentence, failures } = await run(deactivate);
  await hears;
  expect(failures.count).toBe(0);
  expect(sentence).toBe('Archived, off its nodes, and 2 objects (6 bytes) left hot.');
  expect([await isHot('one'), await isCold('one')]).toEqual([false, true]);
  expect(await readTier(tiers.index, PROJECT)).toMatchObject({ tier: 'cold' });
  await run({ kind: 'promote', project: PROJECT, mode: 'strict' });
  expect([await isHot('one'), await isHot('two')]).toEqual([true, true]);
  expect(await readTier(tiers.index, PROJECT)).toMatchObject({ tier: 'hot' });
});

test('while a node still has it, nothing is evicted, and the job says which node and why', async () => {
  const { run, write, isHot, isCold, nodes, tiers } = await works();
  await write('a', 'one');
  const kept = workspaceStatus({ from: 'configuration' });
  const stuck = workspaceStatus({
    from: 'server',
    root: '/srv/other',
    state: 'blocked',
    sentence: 'Two files are not committed.',
  });
  await sayStatus(nodes, nodeStatus([kept, stuck]));
  const plan = await run(deactivate, { dryRun: true });
  expect(plan.sentence).toBe(
    `Would archive what is not in cold yet, and evict nothing of ${PROJECT}, because a node keeps it. /srv/demo: it is in the configuration of ${NODE}: stop that agent, or start it without this workspace.`,
  );
  const { sentence, failures } = await run(deactivate);
  expect(sentence).toBe('All is archived; it stays in hot, because a node still has it.');
  expect(failures.listed).toMatchObject([
    { item: `${NODE}:/srv/demo`, reason: expect.stringContaining('configuration') },
    { item: `${NODE}:/srv/other`, reason: 'Two files are not committed.' },
  ]);
  expect([await isHot('one'), await isCold('one')]).toEqual([true, true]);
  expect(await readTier(tiers.index, PROJECT)).toBeUndefined();
});

test('what cannot be archived keeps the project where it is', async () => {
  const { run, write, hot, nodes } = await works();
  await write('a', 'one');
  hot.damage(shaOf('one'), Buffer.from('0ne'));
  await assignWorkspace(nodes, NODE, { project: PROJECT, root: '/srv/demo' });
  expect((await run(deactivate)).sentence).toBe('Not everything could be archived: it stays in hot and on its nodes.');
  expect((await readDesired(nodes, NODE))?.workspaces).toHaveLength(1);
});
