// What a person or a log collector reads of an agent that writes into a pipe.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROJECT } from '../testing/fleet.ts';
import { type NatsProject, openNatsProject } from '../testing/nats-project.ts';
import { Programs } from '../testing/program.ts';

let project: NatsProject;
let dir: string;
let programs: Programs;

beforeAll(async () => {
  project = await openNatsProject();
  dir = mkdtempSync(join(tmpdir(), 'fs-shown-'));
  const { rig, tenant } = project;
  programs = new Programs(() => ({ NATS_URL: rig.url, FS_TENANT: tenant, FS_DATA_DIR: join(dir, 'data') }));
});
afterAll(async () => {
  programs.kill();
  await project.close();
  rmSync(dir, { recursive: true, force: true });
});

test('in a pipe an agent says in plain lines when its state changed, and nothing in between', async () => {
  const root = join(dir, 'demo');
  const agent = programs.start(['agent', '--node', 'a', '--workspace', `${PROJECT}=${root}`]);
  await agent.said(/^demo: in sync, 0 files$/m);
  writeFileSync(join(root, 'file'), 'x');
  await project.rig.kill();
  // The connection says it, or whoever asked for something first.
  await agent.said(/^demo: blocked: NATS (is away; changes are kept|does not answer).* Since/m);
  await project.rig.restart();
  await agent.said(/^demo: blocked:[\s\S]*^demo: in sync, 1 file$/m);
  agent.child.kill('SIGTERM');
  const { code, out } = await agent.ended;
  expect(code).toBe(0);
  expect(out).not.toMatch(/[^\P{Cc}\n]/u);
  for (const line of out.trim().split('\n')) expect(line).toMatch(/^demo: (starting|in sync, \d|blocked: |syncing: )/);
});
