// Sweep over a real nats-server, with puts and commits going on at the same time.
import { expect, test } from 'vitest';
import { readCurrent } from '../commit/current.ts';
import { changePolicy } from '../commit/policy.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import { walkTree } from '../manifest/walk.ts';
import { systemClock } from '../model/clock.ts';
import { isFile } from '../model/entry.ts';
import { shaOf } from '../model/ids.ts';
import { natsKeyValue } from '../store/nats-key-value.ts';
import { indexBucket } from '../store/nats-names.ts';
import { natsObjectStore } from '../store/nats-object-store.ts';
import { ensureTenant } from '../store/nats-setup.ts';
import { readObject } from '../store/object-store.ts';
import { commitOps, commitText, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { useNats } from '../testing/use-nats.ts';
import { executeSweep, planSweep } from './sweep.ts';

const nats = useNats();

test('I3, I5: sweep takes what nothing reaches, leaves what is put again meanwhile, and bytes leave the store', async () => {
  const tenant = nats.rig.freshTenant();
  const { shards } = await ensureTenant(nats.link, tenant);
  const objects = natsObjectStore(nats.link, tenant, { shards, touchAfterMs: 0 });
  const index = natsKeyValue(nats.link, indexBucket(tenant));
  const io = { objects, nodes: objectNodes(objects), index, clock: systemClock };
  await newProject(io);
  const little = { keep_all_ms: 0, hourly_ms: 0, daily_ms: 0, weekly_ms: 0, last: 1 };
  await changePolicy(index, PROJECT, (policy) => ({ ...policy, retention: little }));
  for (let n = 0; n < 20; n++) await commitText(io, 'a', `version ${n}`);

  // Two days later, as far as the sweep is concerned.
  const later = { ...io, clock: { ...systemClock, now: () => Date.now() + 2 * 24 * 3_600_000 } };
  const first = await planSweep(later, []);
  const second = await planSweep(later, first.wait);
  expect(second.remove.map(({ sha }) => sha)).toContain(shaOf('version 3'));
  const again = await putText(io, 'again', 'version 7');
  const [result] = await Promise.all([executeSweep(io, second), commitText(io, 'b', 'meanwhile')]);
  await commitOps(io, again);

  expect(result.kept).toBeGreaterThanOrEqual(1);
  expect(result.removed).toBe(second.remove.length - result.kept);
  expect(await objects.stat(shaOf('version 3'))).toEqual({ kind: 'absent' });
  const at = await readCurrent(index, PROJECT);
  const texts: string[] = [];
  for await (const entry of walkTree(io.nodes, at?.current.manifest_sha ?? shaOf(''))) {
    if (isFile(entry)) texts.push(Buffer.from(await readObject(objects, entry.sha)).toString());
  }
  expect(texts).toEqual(['version 19', 'version 7', 'meanwhile']);
});
