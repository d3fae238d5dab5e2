import { expect, test } from 'vitest';
import { readCommit } from '../core/commit/chain.ts';
import { readCurrent } from '../core/commit/current.ts';
import { listJobs } from '../core/job/jobs.ts';
import { objectNodes } from '../core/manifest/object-nodes.ts';
import { systemClock } from '../core/model/clock.ts';
import { parseProjectName } from '../core/model/ids.ts';
import { type Log, silentLog } from '../core/model/log.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { memoryObjectStore } from '../core/store/memory-object-store.ts';
import { projectCommands } from './project-commands.ts';

const SITE = parseProjectName('site');

test('a project is created once, and brought back when a person asks; its first commit and the log say who did it', async () => {
  const objects = memoryObjectStore();
  const index = memoryKeyValue();
  const told: object[] = [];
  const log: Log = { ...silentLog, info: (fields) => told.push(fields) };
  const jobs = memoryKeyValue();
  const commands = projectCommands({ objects, nodes: objectNodes(objects), index, clock: systemClock }, jobs, log);

  expect(await commands.create('ada', SITE)).toEqual({ kind: 'project-created' });
  expect(await commands.create('bob', SITE)).toEqual({ kind: 'project-exists' });
  const at = await readCurrent(index, SITE);
  const first = at && (await readCommit(objects, at.current.commit_sha));
  expect(first).toMatchObject({ actor: { kind: 'user', id: 'ada' }, parents: [] });
  expect(told.splice(0)).toEqual([
    { audit: 'create project', actor: 'ada', project: 'site', outcome: 'project-created' },
    { audit: 'create project', actor: 'bob', project: 'site', outcome: 'project-exists' },
  ]);

  expect(await commands.promote('ada', SITE)).toEqual({ kind: 'promotion-asked' });
  const [job] = (await listJobs(jobs, { limit: 9 })).jobs;
  expect(job).toMatchObject({ task: { kind: 'promote', project: 'site' }, actor: { kind: 'user', id: 'ada' } });
  expect(told).toEqual([{ audit: 'promote', actor: 'ada', project: 'site', job: job?.id }]);
  expect(await commands.promote('ada', parseProjectName('nope'))).toEqual({ kind: 'no-project' });
});
