import { expect, test } from 'vitest';
import { parseNodeId } from '../model/ids.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { knownNodes, requireKnown } from './known-nodes.ts';

const node = parseNodeId;

test('a node is known when it said something or was asked for something; others are refused with those that there are', async () => {
  const nodes = memoryKeyValue();
  await expect(requireKnown(nodes, node('b'))).rejects.toThrow(
    'there is no node b: there is none yet, or start an agent there (npx fs-sync agent --node b)',
  );
  await nodes.put('c.status', Buffer.from('{}'));
  await nodes.put('b.desired', Buffer.from('{}'));
  await nodes.put('b.status', Buffer.from('{}'));
  await nodes.put('forgotten.told', Buffer.from('{}'));
  expect(await knownNodes(nodes)).toEqual(['b', 'c']);
  await requireKnown(nodes, node('b'));
  await expect(requireKnown(nodes, node('d'))).rejects.toThrow('there is no node d: give one of b, c, or start');
});

test('of many nodes the first are named', async () => {
  const nodes = memoryKeyValue();
  for (let i = 10; i < 35; i++) await nodes.put(`n${i}.status`, Buffer.from('{}'));
  await expect(requireKnown(nodes, node('x'))).rejects.toThrow(/give one of n10, .*n29 and 5 more, or/);
});
