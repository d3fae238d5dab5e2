// What a person or a log collector reads of an agent that writes into a pipe.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProject } from '../../core/commit/project.ts';
import { objectNodes } from '../../core/manifest/object-nodes.ts';
import { systemClock } from '../../core/model/clock.ts';
import { silentLog } from '../../core/model/log.ts';
import { connectNats } from '../../core/store/nats-connect.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { indexBucket } from '../../core/store/nats-names.ts';
import { natsObjectStore } from '../../core/store/nats-object-store.ts';
import { ensureTenant } from '../../core/store/nats-setup.ts';
import { type NatsRig, startNatsRig } from '../../core/testing/nats-rig.ts';
import { PROJECT } from '../testing/fleet.ts';
import { Programs } from '../testing/program.ts';

let rig: NatsRig;
let dir: string;
let programs: Programs;

beforeAll(async () => {
  rig = await startNatsRig();
  dir = mkdtempSync(join(tmpdir(), 'fs-shown-'));
  const tenant = rig.freshTenant();
  const link = await connectNats({ servers: rig.url, name: 'test', log: silentLog });
  const { shards } = await ensureTenant(link, tenant);
  const objects = natsObjectStore(link, tenant, { shards });
  const index = natsKeyValue(link, indexBucket(tenant));
  await createProject({ objects, index, nodes: objectNodes(objects), clock: systemClock }, PROJECT, {
    kind: 'system',
    id: 'test',
  });
  await link.close();
  programs = new Programs(() => ({ NATS_URL: rig.url, FS_TENANT: tenant, FS_DATA_DIR: join(dir, 'data') }));
});
afterAll(async () => {
  programs.kill();
  await rig.close();
  rmSync(dir, { recursive: true, force: true });
});

test('in a pipe an agent says in plain lines when its state changed, and nothing in between', async () => {
  const root = join(dir, 'demo');
  const agent = programs.start(['agent', '--node', 'a', '--workspace', `${PROJECT}=${root}`]);
  await agent.said(/^demo: in sync, 0 files$/m);
  writeFileSync(join(root, 'file'), 'x');
  await rig.kill();
  // The connection says it, or whoever asked for something first.
  await agent.said(/^demo: blocked: NATS (is away; changes are kept|does not answer).* Since/m);
  await rig.restart();
  await agent.said(/^demo: blocked:[\s\S]*^demo: in sync, 1 file$/m);
  agent.child.kill('SIGTERM');
  const { code, out } = await agent.ended;
  expect(code).toBe(0);
  expect(out).not.toMatch(/[^\P{Cc}\n]/u);
  for (const line of out.trim().split('\n')) expect(line).toMatch(/^demo: (starting|in sync, \d|blocked: |syncing: )/);
});
