import { expect, test } from 'vitest';
import { readCommit } from '../core/commit/chain.ts';
import { readCurrent } from '../core/commit/current.ts';
import { listJobs } from '../core/job/jobs.ts';
import { objectNodes } from '../core/manifest/object-nodes.ts';
import { systemClock } from '../core/model/clock.ts';
import { parseNodeId, parseProjectName } from '../core/model/ids.ts';
import { silentLog } from '../core/model/log.ts';
import { parseRelPath } from '../core/model/rel-path.ts';
import { assignWorkspace } from '../core/node/assign-workspace.ts';
import { readDesired } from '../core/node/change-desired.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { memoryObjectStore } from '../core/store/memory-object-store.ts';
import { readPins } from '../core/tier/pins.ts';
import { DeletedProjects } from './deleted-projects.ts';
import { projectCommands } from './project-commands.ts';

const ADA = { kind: 'user', id: 'ada' } as const;
const BOB = { kind: 'user', id: 'bob' } as const;

const SITE = parseProjectName('site');

test('a project is created once, and brought back when a person asks; its first commit says who did it', async () => {
  const objects = memoryObjectStore();
  const index = memoryKeyValue();
  const jobs = memoryKeyValue();
  const commands = projectCommands({
    objects,
    nodes: objectNodes(objects),
    index,
    clock: systemClock,
    nodeRecords: memoryKeyValue(),
    shares: memoryKeyValue(),
    jobs,
    changed: () => {},
  });

  expect(await commands.create(ADA, SITE)).toEqual({ kind: 'project-created' });
  expect(await commands.create(BOB, SITE)).toEqual({ kind: 'project-exists' });
  const at = await readCurrent(index, SITE);
  const first = at && (await readCommit(objects, at.current.commit_sha));
  expect(first).toMatchObject({ actor: { kind: 'user', id: 'ada' }, parents: [] });

  expect(await commands.promote(ADA, SITE)).toEqual({ kind: 'promotion-asked' });
  const [job] = (await listJobs(jobs, { limit: 9 })).jobs;
  expect(job).toMatchObject({ task: { kind: 'promote', project: 'site' }, actor: { kind: 'user', id: 'ada' } });
  expect(await commands.promote(ADA, parseProjectName('nope'))).toEqual({ kind: 'no-project' });
});

function open() {
  const objects = memoryObjectStore();
  const [index, nodeRecords] = [memoryKeyValue(), memoryKeyValue()];
  const changed: string[] = [];
  const shares = memoryKeyValue();
  const io = { objects, nodes: objectNodes(objects), index, clock: systemClock, nodeRecords, shares };
  const commands = projectCommands({ ...io, jobs: memoryKeyValue(), changed: (project) => changed.push(project) });
  return { index, nodeRecords, changed, commands };
}
const WWW = parseProjectName('www');

test('a project is renamed with its assignments, and no other is written over', async () => {
  const { commands, nodeRecords, changed } = open();
  await commands.create(ADA, SITE);
  const node = parseNodeId('node-a');
  await assignWorkspace(nodeRecords, node, { project: SITE, root: 'work' });
  expect(await commands.rename(ADA, SITE, WWW)).toEqual({ kind: 'project-renamed' });
  expect((await readDesired(nodeRecords, node))?.workspaces).toEqual([{ project: WWW, root: 'work' }]);
  expect(changed).toContain('site');
  expect(await commands.rename(ADA, parseProjectName('nope'), parseProjectName('other'))).toEqual({
    kind: 'no-project',
  });
  await commands.create(ADA, SITE);
  expect(await commands.rename(ADA, SITE, WWW)).toEqual({ kind: 'project-exists' });
});

test('a project is deleted as it was seen, is listed while it is kept, and comes back', async () => {
  const { commands, index } = open();
  const ending = new AbortController();
  let heard = () => {};
  const deleted = new DeletedProjects(index, silentLog, () => heard());
  const following = deleted.follow(ending.signal);
  const untilHeard = async <T>(work: () => Promise<T>): Promise<T> => {
    const next = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const result = await work();
    await next;
    return result;
  };
  await commands.create(ADA, SITE);
  const seen = (await readCurrent(index, SITE))?.current.commit_sha ?? '';
  expect(await commands.remove(ADA, SITE, 'another')).toEqual({ kind: 'project-moved' });
  expect(await untilHeard(() => commands.remove(ADA, SITE, seen))).toEqual({ kind: 'project-deleted' });
  expect(deleted.list()).toMatchObject([{ name: 'site', files: 0 }]);
  expect(await commands.remove(ADA, SITE, seen)).toEqual({ kind: 'no-project' });
  expect(await untilHeard(() => commands.undelete(ADA, SITE))).toEqual({ kind: 'project-restored' });
  expect(deleted.list()).toEqual([]);
  expect(await commands.undelete(ADA, WWW)).toEqual({ kind: 'project-not-kept' });
  // What goes on under another name is not gone.
  await untilHeard(() => commands.rename(ADA, SITE, WWW));
  expect(deleted.list()).toEqual([]);
  ending.abort();
  await following;
});

test('a path is pinned once, and let go of', async () => {
  const { commands, index } = open();
  const docs = parseRelPath('docs');
  expect(await commands.pin(ADA, SITE, [docs])).toEqual({ kind: 'no-project' });
  expect(await commands.unpin(ADA, SITE, [docs])).toEqual({ kind: 'no-project' });
  await commands.create(ADA, SITE);
  for (let i = 0; i < 2; i++) expect(await commands.pin(ADA, SITE, [docs])).toEqual({ kind: 'pinned' });
  expect((await readPins(index, SITE)).map(({ path, actor }) => [path, actor.id])).toEqual([['docs', 'ada']]);
  for (let i = 0; i < 2; i++) expect(await commands.unpin(ADA, SITE, [docs])).toEqual({ kind: 'unpinned' });
  expect(await readPins(index, SITE)).toEqual([]);
});
