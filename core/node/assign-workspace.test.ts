import { expect, test } from 'vitest';
import { parseProjectName } from '../model/ids.ts';
import type { DesiredWorkspace } from '../model/node-desired.ts';
import { parseRelPath } from '../model/rel-path.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { askRescan } from './ask-rescan.ts';
import { assignWorkspace, unassignWorkspace } from './assign-workspace.ts';
import { readDesired } from './change-desired.ts';
import { changeLimits } from './change-limits.ts';
import { NODE } from './node-records.fakes.ts';

const demo: DesiredWorkspace = { project: parseProjectName('demo'), root: 'demo' };
const docs: DesiredWorkspace = { ...demo, prefix: parseRelPath('docs'), root: 'docs' };

test('what different people ask of a node at once all holds', async () => {
  const nodes = memoryKeyValue();
  await Promise.all([
    assignWorkspace(nodes, NODE, demo),
    assignWorkspace(nodes, NODE, docs),
    askRescan(nodes, NODE, { project: demo.project, seen: undefined }, 0),
    changeLimits(nodes, NODE, [{ field: 'open_files', seen: undefined, to: 8 }]),
  ]);
  const desired = await readDesired(nodes, NODE);
  expect(desired?.workspaces).toHaveLength(2);
  expect(desired?.workspaces).toEqual(expect.arrayContaining([demo, docs]));
  expect(desired).toMatchObject({ limits: { open_files: 8 }, rescan: { demo: '1970-01-01T00:00:00.000Z' } });
});

test('the same again changes nothing; another way to run it takes the place of the first', async () => {
  const nodes = memoryKeyValue();
  expect(await assignWorkspace(nodes, NODE, demo)).toEqual({ kind: 'assigned' });
  expect(await assignWorkspace(nodes, NODE, { ...demo, mode: 'two-way' })).toEqual({ kind: 'assigned-before' });
  expect(await assignWorkspace(nodes, NODE, { ...demo, idle_remove_ms: 9 })).toEqual({ kind: 'assignment-changed' });
  expect((await readDesired(nodes, NODE))?.workspaces).toEqual([{ ...demo, idle_remove_ms: 9 }]);
});

test('a node takes no more than its record may list, and says so', async () => {
  const nodes = memoryKeyValue();
  const workspaces = Array.from({ length: 1_000 }, (_, i) => ({ project: 'demo', root: `d${i}` }));
  await nodes.put('node-a.desired', Buffer.from(JSON.stringify({ v: 1, workspaces })));
  expect(await assignWorkspace(nodes, NODE, demo)).toEqual({ kind: 'too-many', most: 1_000 });
  expect(await assignWorkspace(nodes, NODE, { ...demo, root: 'd7' })).toEqual({ kind: 'assigned-before' });
});

test('only the place that is named leaves, and only once', async () => {
  const nodes = memoryKeyValue();
  await assignWorkspace(nodes, NODE, demo);
  await assignWorkspace(nodes, NODE, docs);
  expect(await unassignWorkspace(nodes, NODE, { project: demo.project, root: 'docs' })).toEqual({
    kind: 'not-assigned',
  });
  expect(await unassignWorkspace(nodes, NODE, docs)).toEqual({ kind: 'unassigned' });
  expect(await unassignWorkspace(nodes, NODE, docs)).toEqual({ kind: 'not-assigned' });
  expect((await readDesired(nodes, NODE))?.workspaces).toEqual([demo]);
});

test('a look anew is asked for once, however often the request comes, and again by whoever saw that', async () => {
  const nodes = memoryKeyValue();
  const ask = (seen: string | undefined, now: number) => askRescan(nodes, NODE, { project: demo.project, seen }, now);
  const [at, later] = ['1970-01-01T00:00:01.000Z', '1970-01-01T00:00:05.000Z'];
  expect(await ask(undefined, 1_000)).toEqual({ kind: 'rescan-asked', at });
  expect(await ask(undefined, 2_000)).toEqual({ kind: 'rescan-asked-before', at });
  expect(await ask(at, 5_000)).toEqual({ kind: 'rescan-asked', at: later });
});
