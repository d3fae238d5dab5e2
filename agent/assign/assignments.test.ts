import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ProofAnswer } from '../../core/commit/cold-proofs.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { changePolicy } from '../../core/commit/policy.ts';
import { parseNodeId, parseTenant, shaOf } from '../../core/model/ids.ts';
import { nodeDesiredKey } from '../../core/model/index-keys.ts';
import { desiredWorkspaceSchema, type NodeDesired } from '../../core/model/node-desired.ts';
import type { WorkspaceStatus } from '../../core/model/node-status.ts';
import { changeDesired } from '../../core/node/change-desired.ts';
import { type RunningAgent, startAgent } from '../agent.ts';
import { Fleet, PROJECT, type TestNode, testLog } from '../testing/fleet.ts';

const NODE = parseNodeId('b');
let fleet: Fleet;
let a: TestNode;
let agent: RunningAgent | undefined;
/** what is said of copies in cold */
let proof: ProofAnswer;

beforeEach(async () => {
  proof = { kind: 'failed', reason: 'no server that archives answers' };
  fleet = await Fleet.open();
  a = fleet.start('a');
});
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  await fleet.close();
});

/** The node `b`, which has only what the server assigns. */
function startNode(): RunningAgent {
  agent = startAgent({
    nodeId: NODE,
    tenant: parseTenant('default'),
    workspaces: [],
    stores: { ...fleet.io, proofs: { ask: async () => proof } },
    nodes: fleet.stores.nodes,
    log: testLog,
    stateDir: join(fleet.dir, 'b/state'),
    workspaceDirs: [join(fleet.dir, 'b/workspaces')],
  });
  return agent;
}

const inB = (path = ''): string => join(fleet.dir, 'b/workspaces', path);
const change = (how: (desired: NodeDesired) => NodeDesired) => changeDesired(fleet.stores.nodes, NODE, how);
const assign = (...all: object[]) =>
  change((desired) => ({ ...desired, workspaces: all.map((one) => desiredWorkspaceSchema.parse(one)) }));
const DEMO = { project: PROJECT, root: 'demo' };

/** When the first workspace of the node is like this. */
async function until(done: (status: WorkspaceStatus) => boolean): Promise<WorkspaceStatus> {
  const status = await agent?.until(({ workspaces: [first] }) => first !== undefined && done(first));
  if (!status?.workspaces[0]) throw new Error('the agent runs');
  return status.workspaces[0];
}
const untilNone = () => agent?.until(({ workspaces }) => workspaces.length === 0);
const synced = (files: number) => until((status) => status.state === 'in-sync' && status.files === files);

const treeSize = async () => (await readCurrent(fleet.io.index, PROJECT))?.current.files;

test('an assigned workspace comes without a restart, and its files go when the assignment ends', async () => {
  await writeFile(a.path('one.txt'), 'one');
  await mkdir(a.path('empty'));
  await mkdir(a.path('deep/er'), { recursive: true });
  await writeFile(a.path('deep/er/two.txt'), 'two');
  startNode();
  await assign(DEMO);
  expect(await synced(2)).toMatchObject({ from: 'server', root: inB('demo') });
  expect(readFileSync(inB('demo/deep/er/two.txt'), 'utf8')).toBe('two');
  await assign();
  await untilNone();
  expect(existsSync(inB('demo'))).toBe(false);
  expect(readdirSync(join(fleet.dir, 'b/state')).filter((name) => name.endsWith('.db'))).toEqual([]);
  await fleet.settled();
  expect(readFileSync(a.path('one.txt'), 'utf8')).toBe('one');
  await assign(DEMO);
  await synced(2);
});

test('I9: removing a workspace deletes nothing anywhere else', async () => {
  for (let i = 0; i < 300; i++) await writeFile(a.path(`f${i}`), `${i}`);
  startNode();
  await assign(DEMO);
  await synced(300);
  await assign();
  await untilNone();
  await fleet.settled();
  expect(a.status.files).toBe(300);
});

test('a workspace with something that is not in the project stays, and says what', async () => {
  await writeFile(a.path('one.txt'), 'one');
  startNode();
  await assign(DEMO);
  await synced(1);
  await symlink('one.txt', inB('demo/link'));
  await assign();
  const { sentence } = await until(({ state, sentence: why }) => state === 'removing' && why.includes('link'));
  expect(sentence).toMatch(/stays for now: link is not in the project: It is a symbolic link/);
  expect(readFileSync(inB('demo/one.txt'), 'utf8')).toBe('one');
  await writeFile(inB('demo/two.txt'), 'it goes on to sync');
  await a.has('two.txt', 'it goes on to sync');
  await assign(DEMO);
  await until(({ state }) => state === 'in-sync');
  expect(existsSync(inB('demo/link'))).toBe(true);
});

test('I3: with the policy `archived` it stays until each of its objects is proven in cold', async () => {
  await changePolicy(fleet.stores.index, PROJECT, (policy) => ({ ...policy, deactivate: 'archived' }));
  await writeFile(a.path('one.txt'), 'one');
  startNode();
  await assign(DEMO);
  await synced(1);
  await assign();
  const { sentence } = await until(({ sentence: why }) => why.includes('cold'));
  expect(sentence).toMatch(/not proven to be in cold, as the project asks: no server that archives answers/);
  proof = { kind: 'proven' };
  await assign(DEMO);
  await assign();
  await untilNone();
  expect(existsSync(inB('demo'))).toBe(false);
});

test('I3: bytes that hot lost keep the workspace where it is', async () => {
  await writeFile(a.path('one.txt'), 'one');
  startNode();
  await assign(DEMO);
  await synced(1);
  await fleet.stores.objects.delete(shaOf('one'));
  proof = { kind: 'absent', sha: shaOf('one') };
  await assign();
  await until(({ sentence }) => /the bytes of 1 file \(one\.txt\) are in no storage any more/.test(sentence));
  expect(readFileSync(inB('demo/one.txt'), 'utf8')).toBe('one');
});

test('an idle workspace goes, says so, and comes back when it is asked for', async () => {
  await writeFile(a.path('one.txt'), 'one');
  startNode();
  await assign({ ...DEMO, idle_remove_ms: 1 });
  const { sentence } = await until(({ state }) => state === 'removed');
  expect(sentence).toMatch(/^Removed from this node at .* UTC, because nothing had changed/);
  expect(existsSync(inB('demo'))).toBe(false);
  await assign(DEMO);
  await synced(1);

  await assign({ ...DEMO, idle_remove_ms: 1 });
  await until(({ state }) => state === 'removed');
  const later = new Date(Date.now() + 60_000).toISOString();
  await change((desired) => ({ ...desired, rescan: { [PROJECT]: later } }));
  await until(({ state }) => state !== 'removed');
  await assign();
  await untilNone();
});

test('an assignment that ended while the agent was away is carried out at its next start', async () => {
  await writeFile(a.path('one.txt'), 'one');
  startNode();
  await assign(DEMO);
  await synced(1);
  await agent?.stop();
  await assign();
  startNode();
  await untilNone();
  expect(existsSync(inB('demo'))).toBe(false);
});

test('a record that is gone removes nothing: only one that leaves the workspace out does', async () => {
  await writeFile(a.path('one.txt'), 'one');
  startNode();
  await assign(DEMO);
  await synced(1);
  await fleet.stores.nodes.delete(nodeDesiredKey(NODE));
  await agent?.stop();
  startNode();
  await synced(1);
  await writeFile(a.path('two.txt'), 'two');
  await synced(2);
});

test('a record that cannot be read changes nothing, and is named until it is mended', async () => {
  startNode();
  await assign(DEMO);
  await synced(0);
  const broken = { v: 1, workspaces: [{ project: 'demo', root: 'x', mode: 'both' }] };
  await fleet.stores.nodes.put(nodeDesiredKey(NODE), Buffer.from(JSON.stringify(broken)));
  const status = await agent?.until(({ trouble }) => trouble !== undefined);
  expect(status?.trouble).toMatch(/b\.desired is not used: workspaces\.0\.mode is "both": .*goes on as before/);
  await writeFile(a.path('one.txt'), 'one');
  await synced(1);
  await fleet.stores.nodes.put(nodeDesiredKey(NODE), Buffer.from(JSON.stringify({ v: 1, workspaces: [DEMO] })));
  await agent?.until(({ trouble }) => trouble === undefined);
});

test('I11: a refused assignment is seen with its reason, and beside it the others run', async () => {
  startNode();
  await assign({ project: PROJECT, root: '/etc' }, DEMO);
  const status = await agent?.until(({ workspaces }) => workspaces.some(({ state }) => state === 'in-sync'));
  const refused = status?.workspaces.find(({ root }) => root === '/etc');
  expect(refused).toMatchObject({ state: 'blocked', from: 'server', base: null });
  expect(refused?.sentence).toMatch(/This node does not take the workspace: root "\/etc" is not a directory below/);
});

test('another mode of a workspace takes effect, and its files stay', async () => {
  await writeFile(a.path('one.txt'), 'one');
  startNode();
  await assign(DEMO);
  await synced(1);
  await assign({ ...DEMO, mode: 'receive' });
  await synced(1);
  await assign();
  await untilNone();
});

test('I9: what may be deleted without a question is part of an assignment; a question that it answers ends by itself', async () => {
  for (const name of ['one', 'two', 'three', 'four']) await writeFile(a.path(name), name);
  startNode();
  const few = { files: 1, files_a_day: 1, share: 0.1 };
  await assign({ ...DEMO, delete_threshold: few });
  expect(await synced(4)).toMatchObject({ delete_threshold: few });
  for (const name of ['one', 'two', 'three']) await rm(inB(`demo/${name}`));
  expect((await until(({ question }) => question !== undefined)).question).toMatchObject({ count: 3, files: 4 });
  // It is remembered: an agent that starts while the server is silent keeps to it.
  await agent?.stop();
  startNode();
  await until(({ question, state }) => question !== undefined && state === 'blocked');
  expect(await treeSize()).toBe(4);
  await assign({ ...DEMO, delete_threshold: { files: 3, files_a_day: 3, share: 0.1 } });
  expect(await synced(1)).not.toHaveProperty('question');
  await a.has('three', undefined);
  expect(await treeSize()).toBe(1);
  await assign(DEMO);
  await until((status) => status.state === 'in-sync' && status.delete_threshold === undefined);
});

test('what was removed half-way by an agent that was killed comes back, and nothing is deleted in the project', async () => {
  for (const name of ['one', 'two', 'three']) await writeFile(a.path(name), name);
  startNode();
  await assign(DEMO);
  await synced(3);
  await agent?.stop();
  // As a kill between two files leaves it: marked, one file gone.
  const { openState } = await import('../state/open-state.ts');
  const { nodeDisk } = await import('../disk/node-disk.ts');
  const { REMOVING } = await import('../state/state-file.ts');
  const name = readdirSync(join(fleet.dir, 'b/state')).find((one) => one.endsWith('.db')) ?? '';
  const { state } = openState(nodeDisk, join(fleet.dir, 'b/state', name));
  state.setMeta(REMOVING, 'yes');
  state.close();
  await rm(inB('demo/two'));
  startNode();
  await synced(3);
  expect(readFileSync(inB('demo/two'), 'utf8')).toBe('two');
  expect(readFileSync(a.path('two'), 'utf8')).toBe('two');
});
