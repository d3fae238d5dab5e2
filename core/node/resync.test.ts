import { expect, test } from 'vitest';
import { isoTime } from '../model/clock.ts';
import { parseNodeId, parseProjectName } from '../model/ids.ts';
import type { WorkspaceStatus } from '../model/node-status.ts';
import { fakePath } from '../model/rel-path.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { readDesired } from './change-desired.ts';
import { NODE, nodeStatus, sayStatus, workspaceStatus } from './node-records.fakes.ts';
import { resync } from './resync.ts';

const DEMO = parseProjectName('demo');
const OTHER = parseNodeId('node-b');

async function nodesWith(all: Readonly<Record<string, Partial<WorkspaceStatus>>>) {
  const nodes = memoryKeyValue();
  for (const [name, change] of Object.entries(all))
    await sayStatus(nodes, nodeStatus([workspaceStatus(change)], { node: parseNodeId(name) }));
  return nodes;
}

test('every node that holds any of it is asked, and nobody else', async () => {
  const nodes = await nodesWith({
    'node-a': {},
    'node-b': { prefix: fakePath('docs/new') },
    'node-c': { prefix: fakePath('docsy') },
    'node-d': { project: parseProjectName('site') },
    'node-e': { state: 'removed' },
  });
  const who = async (path?: string, node?: string) => {
    const outcome = await resync(
      nodes,
      {
        project: DEMO,
        ...(path !== undefined && { path: fakePath(path) }),
        ...(node !== undefined && { node: parseNodeId(node) }),
      },
      1_000,
    );
    return outcome.kind === 'resync-asked' ? outcome.nodes.map((one) => one.node) : outcome.kind;
  };
  expect(await who()).toEqual(['node-a', 'node-b', 'node-c']);
  expect(await who('docs')).toEqual(['node-a', 'node-b']);
  expect(await who('docs/new/a.md')).toEqual(['node-a', 'node-b']);
  expect(await who('docs', 'node-c')).toBe('no-holder');
  // Removed for being idle: it comes back where its node is named.
  expect(await who(undefined, 'node-e')).toEqual(['node-e']);
  expect(await who(undefined, 'node-d')).toBe('no-holder');
});

test('an ask that was not heeded yet is widened to the directory that has both; one that was is replaced', async () => {
  const nodes = await nodesWith({ 'node-a': {} });
  const part = async (now: number, path?: string) => {
    await resync(nodes, { project: DEMO, ...(path !== undefined && { path: fakePath(path) }) }, now);
    const desired = await readDesired(nodes, NODE);
    expect(desired?.rescan?.[DEMO]).toBe(isoTime(now));
    return desired?.rescan_below?.[DEMO];
  };
  expect(await part(1_000, 'a/b/c')).toBe('a/b/c');
  expect(await part(2_000, 'a/b/d/e')).toBe('a/b');
  expect(await part(3_000, 'x')).toBeUndefined();
  const heeded = { asked: isoTime(3_000), ended: isoTime(3_500), found: 0 };
  await sayStatus(nodes, nodeStatus([workspaceStatus({ resync: heeded })]));
  expect(await part(4_000, 'x')).toBe('x');
  expect(await part(5_000)).toBeUndefined();
  expect(await readDesired(nodes, OTHER)).toBeUndefined();
});
