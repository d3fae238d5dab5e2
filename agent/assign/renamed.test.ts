// A project gets another name while nodes hold it: assigned directories go on under that name, with all that was edited in
// them; a node whose own configuration has the old name says the new one.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCurrent } from '../../core/commit/current.ts';
import { newNameOf } from '../../core/commit/new-name.ts';
import { createProject } from '../../core/commit/project.ts';
import { renameProject } from '../../core/commit/rename-project.ts';
import { parseNodeId, parseProjectName, parseTenant } from '../../core/model/ids.ts';
import type { NodeStatus } from '../../core/model/node-status.ts';
import { assignWorkspace } from '../../core/node/assign-workspace.ts';
import { followRename } from '../../core/node/follow-rename.ts';
import { type RunningAgent, startAgent } from '../agent.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { readMarker } from '../marker.ts';
import { Fleet, PROJECT, testLog } from '../testing/fleet.ts';

const NODE = parseNodeId('b');
const ACTOR = { kind: 'user', id: 'test' } as const;
const [OLD, NEW, NEWER] = [parseProjectName('old'), parseProjectName('new'), parseProjectName('newer')];
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

const inB = (path = ''): string => join(fleet.dir, 'b/workspaces', path);
const startNode = (configured = PROJECT, root = 'demo'): RunningAgent =>
  startAgent({
    nodeId: NODE,
    tenant: parseTenant('default'),
    workspaces: [{ project: configured, root: inB(root) }],
    stores: fleet.io,
    nodes: fleet.stores.nodes,
    log: testLog,
    stateDir: join(fleet.dir, 'b/state'),
    workspaceDirs: [inB()],
  });
const until = (done: (one: NodeStatus['workspaces'][number] | undefined) => boolean, root: string) =>
  agent.until(({ workspaces }) => done(workspaces.find((one) => one.root === inB(root))));

async function rename(from: typeof OLD, to: typeof OLD): Promise<void> {
  expect((await renameProject(fleet.io, from, to, ACTOR)).kind).toBe('renamed');
}

test('an assigned workspace follows its project, with what was edited in between', async () => {
  await createProject(fleet.io, OLD, ACTOR);
  await assignWorkspace(fleet.stores.nodes, NODE, { project: OLD, root: 'work' });
  await until((one) => one?.state === 'in-sync', 'work');
  writeFileSync(inB('work/a'), 'before');
  await until((one) => one?.state === 'in-sync' && one.files === 1, 'work');
  await rename(OLD, NEW);
  await until((one) => /was renamed to new\. An assignment follows by itself/.test(one?.sentence ?? ''), 'work');
  writeFileSync(inB('work/b'), 'in between');
  expect(await followRename(fleet.stores.nodes, OLD, NEW)).toEqual([NODE]);
  expect(await followRename(fleet.stores.nodes, OLD, NEW)).toEqual([]);
  await until((one) => one?.project === NEW && one.state === 'in-sync' && one.files === 2, 'work');
  expect(readMarker(nodeDisk, inB('work'))?.project).toBe(NEW);
  expect((await readCurrent(fleet.io.index, NEW))?.current.files).toBe(2);
  expect(readFileSync(inB('work/a'), 'utf8')).toBe('before');
});

test('a configured workspace says the new name, and goes on when its agent is started with the newest', async () => {
  await agent.stop();
  await createProject(fleet.io, OLD, ACTOR);
  agent = startNode(OLD, 'own');
  await until((one) => one?.state === 'in-sync', 'own');
  writeFileSync(inB('own/a'), 'before');
  await until((one) => one?.state === 'in-sync' && one.files === 1, 'own');
  await rename(OLD, NEW);
  await until((one) => one?.sentence.includes(`--workspace new=${inB('own')}`) ?? false, 'own');
  await agent.stop();
  await rename(NEW, NEWER);
  expect(await newNameOf(fleet.io.index, OLD)).toBe(NEWER);
  writeFileSync(inB('own/b'), 'while away');
  agent = startNode(NEWER, 'own');
  await until((one) => one?.state === 'in-sync' && one.files === 2, 'own');
  expect((await readCurrent(fleet.io.index, NEWER))?.current.files).toBe(2);
});

test('a directory of a project that has its old name again is not taken for the renamed one', async () => {
  await agent.stop();
  await createProject(fleet.io, OLD, ACTOR);
  agent = startNode(OLD, 'own');
  await until((one) => one?.state === 'in-sync', 'own');
  await agent.stop();
  await rename(OLD, NEW);
  await createProject(fleet.io, OLD, ACTOR);
  expect(await newNameOf(fleet.io.index, OLD)).toBe(undefined);
  agent = startNode(NEW, 'own');
  await until((one) => one?.state === 'blocked' && /workspace of another project/.test(one.sentence), 'own');
  expect(existsSync(inB('own'))).toBe(true);
});
