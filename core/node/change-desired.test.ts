import { expect, test } from 'vitest';
import { InvalidValueError, parseNodeId, parseProjectName } from '../model/ids.ts';
import { nodeDesiredKey } from '../model/index-keys.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { changeDesired, readDesired } from './change-desired.ts';

const NODE = parseNodeId('node-a');
const assign = (name: string) => (desired: Awaited<ReturnType<typeof changeDesired>>) => ({
  ...desired,
  workspaces: [...desired.workspaces, { project: parseProjectName(name), root: name }],
});

test('changes that are made at once all hold', async () => {
  const nodes = memoryKeyValue();
  expect(await readDesired(nodes, NODE)).toBe(undefined);
  await Promise.all(['a', 'b', 'c'].map((name) => changeDesired(nodes, NODE, assign(name))));
  const names = (await readDesired(nodes, NODE))?.workspaces.map(({ root }) => root);
  expect(names?.toSorted()).toEqual(['a', 'b', 'c']);
});

test('a record that cannot be read is left as it is, and named', async () => {
  const nodes = memoryKeyValue();
  await nodes.put(nodeDesiredKey(NODE), Buffer.from('{"v":9}'));
  await expect(changeDesired(nodes, NODE, assign('a'))).rejects.toThrow(InvalidValueError);
  await expect(readDesired(nodes, NODE)).rejects.toThrow(/node-a\.desired cannot be read: v is 9/);
  expect(Buffer.from((await nodes.get(nodeDesiredKey(NODE)))?.value ?? '').toString()).toBe('{"v":9}');
});
