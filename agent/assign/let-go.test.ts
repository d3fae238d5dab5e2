// Assignments that end and that nothing can ever prove: of a project that is gone or never was, and of a directory that never
// became the node's workspace. I3: nothing is removed then but what nobody misses.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCurrent } from '../../core/commit/current.ts';
import { deleteProject } from '../../core/commit/delete-project.ts';
import { createProject } from '../../core/commit/project.ts';
import { parseNodeId, parseProjectName, parseTenant } from '../../core/model/ids.ts';
import { desiredWorkspaceSchema } from '../../core/model/node-desired.ts';
import type { NodeStatus } from '../../core/model/node-status.ts';
import { changeDesired } from '../../core/node/change-desired.ts';
import { type RunningAgent, startAgent } from '../agent.ts';
import { markerFile } from '../marker.ts';
import { Fleet, PROJECT, testLog } from '../testing/fleet.ts';

const NODE = parseNodeId('b');
const LOST = { project: parseProjectName('lost'), root: 'lost' };
let fleet: Fleet;
let agent: RunningAgent;

beforeEach(async () => {
  fleet = await Fleet.open();
  agent = startNode();
});
afterEach(async () => {
  await agent.stop();
  await fleet.close();
});

/** The node `b`, which has the project by its configuration, and takes more from the server. */
function startNode(): RunningAgent {
  return startAgent({
    nodeId: NODE,
    tenant: parseTenant('default'),
    workspaces: [{ project: PROJECT, root: inB('demo') }],
    stores: fleet.io,
    nodes: fleet.stores.nodes,
    log: testLog,
    stateDir: join(fleet.dir, 'b/state'),
    workspaceDirs: [inB()],
  });
}

const inB = (path = ''): string => join(fleet.dir, 'b/workspaces', path);
const assign = (...all: object[]) =>
  changeDesired(fleet.stores.nodes, NODE, (desired) => ({
    ...desired,
    workspaces: all.map((one) => desiredWorkspaceSchema.parse(one)),
  }));
const until = (done: (others: NodeStatus['workspaces']) => boolean) =>
  agent.until(({ workspaces }) => done(workspaces.filter(({ from }) => from === 'server')));
const stateFilesOf = (project: string) =>
  readdirSync(join(fleet.dir, 'b/state')).filter((name) => name.startsWith(`${project}-`));
const create = () => createProject(fleet.io, LOST.project, { kind: 'system', id: 'test' });
async function deleteLost(): Promise<void> {
  const at = await readCurrent(fleet.stores.index, LOST.project);
  if (at) await deleteProject(fleet.io, at);
}

test('of a project that was deleted the files stay, and the assignment can be ended', async () => {
  await create();
  await assign(LOST);
  await until(([one]) => one?.state === 'in-sync');
  await writeFile(inB('lost/file'), 'perhaps the only copy');
  await until(([one]) => one?.state === 'in-sync' && one.files === 1);
  await deleteLost();
  await until(([one]) => one?.state === 'blocked' && /was deleted/.test(one.sentence));
  await assign();
  await until((others) => others.length === 0);
  expect(readFileSync(inB('lost/file'), 'utf8')).toBe('perhaps the only copy');
  expect(stateFilesOf('lost')).toEqual([]);

  await create();
  await assign(LOST);
  await until(([one]) => one?.state === 'in-sync' && one.files === 1);
  expect(readFileSync(inB('lost/file'), 'utf8')).toBe('perhaps the only copy');
});

test('of a project that never was nothing is left', async () => {
  await assign(LOST);
  await until(([one]) => one?.state === 'blocked' && /does not exist: create it/.test(one.sentence));
  expect(existsSync(inB('lost'))).toBe(true);
  await assign();
  await until((others) => others.length === 0);
  expect(existsSync(inB('lost'))).toBe(false);
  expect(stateFilesOf('lost')).toEqual([]);
});

test('a directory that belongs to something else is refused, let go of when the assignment ends, and never touched', async () => {
  await create();
  await mkdir(inB('lost/.fs-sync'), { recursive: true });
  const marker = JSON.stringify({ v: 1, tenant: 'default', project: 'other', workspace: 'w' });
  await writeFile(markerFile(inB('lost')), marker);
  await assign(LOST);
  await until(([one]) => one?.state === 'blocked' && /workspace of another project/.test(one.sentence));
  await assign();
  await until((others) => others.length === 0);
  expect(readFileSync(markerFile(inB('lost')), 'utf8')).toBe(marker);
  expect(stateFilesOf('lost')).toEqual([]);
});

test('an idle workspace of a project that is gone stays: nobody has ended its assignment', async () => {
  await create();
  await assign(LOST);
  await until(([one]) => one?.state === 'in-sync');
  await deleteLost();
  await until(([one]) => one?.state === 'blocked');
  await assign({ ...LOST, idle_remove_ms: 1 });
  await until(([one]) => /It is idle, but stays: the project lost does not exist/.test(one?.sentence ?? ''));
  expect(existsSync(markerFile(inB('lost')))).toBe(true);
});

test('what the configuration names and the server assigns as well is told as both, until the assignment ends', async () => {
  await assign({ project: PROJECT, root: 'demo' });
  const status = await agent.until(({ workspaces: [one] }) => one?.assigned_root !== undefined);
  expect(status.workspaces).toEqual([expect.objectContaining({ from: 'configuration', assigned_root: 'demo' })]);
  await assign();
  await agent.until(({ workspaces: [one] }) => one?.assigned_root === undefined);
});
