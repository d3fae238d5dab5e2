// What a server answers who asks for proofs of copies in cold.
import { expect, test } from 'vitest';
import type { BroughtObject } from '../core/commit/cold-proofs.ts';
import { parseTenant, shaOf } from '../core/model/ids.ts';
import { silentLog } from '../core/model/log.ts';
import { memoryColdStore } from '../core/store/memory-cold-store.ts';
import { memoryEventLog } from '../core/store/memory-event-log.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { ObjectAbsentError } from '../core/store/store-errors.ts';
import { memoryCommitIo, PROJECT } from '../core/testing/test-project.ts';
import { openLifecycle } from './lifecycle.ts';

const tenant = parseTenant('default');

function server() {
  const { clock, index, objects: hot, nodes } = memoryCommitIo();
  const cold = memoryColdStore(tenant);
  const events = memoryEventLog();
  const { prove } = openLifecycle(
    {
      tiers: { tenant, hot, cold, nodes, index, events, clock, log: silentLog },
      nodesOnce: nodes,
      events,
      jobs: memoryKeyValue(),
      nodes: memoryKeyValue(),
      wanted: { isHeld: async () => false, put: async () => false },
      proofs: { ask: async () => ({ kind: 'waiting' }) },
      lastRead: () => undefined,
      rehydrated: () => {},
      health: { coldFailed: () => {}, coldWorked: () => {} },
      settings: { FS_HOT_HIGH_BYTES: undefined, FS_HOT_LOW_BYTES: undefined, FS_EVICT_IDLE_DAYS: undefined },
      requireOwnCold: async () => {},
    },
    new AbortController().signal,
  );
  return { hot, cold, prove };
}

const bytes = Buffer.from('a file');
const object: BroughtObject = { sha: shaOf(bytes), size: bytes.length, mime: 'text/plain' };

test('I3: who drops a copy is told what cold has now, and not what its record says', async () => {
  const { hot, cold, prove } = server();
  await hot.put(object.sha, object.size, bytes);
  await prove(PROJECT, [object], 'fresh');
  expect((await cold.check(object.sha, { sizeBytes: object.size })).kind).toBe('proven');
  await cold.delete(object.sha);
  await prove(PROJECT, [object], 'record');
  expect((await cold.check(object.sha, { sizeBytes: object.size })).kind).toBe('absent');
  // What cold has lost, and hot has, is archived anew.
  await prove(PROJECT, [object], 'fresh');
  expect((await cold.check(object.sha, { sizeBytes: object.size })).kind).toBe('proven');
  await hot.delete(object.sha);
  await prove(PROJECT, [object], 'fresh');
  await cold.delete(object.sha);
  await expect(prove(PROJECT, [object], 'fresh')).rejects.toThrow(ObjectAbsentError);
});
