// Assignments and the lease of a node as people use them: agents and commands that are processes of their own, against a
// real nats-server.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createProject } from '../../core/commit/project.ts';
import { objectNodes } from '../../core/manifest/object-nodes.ts';
import { systemClock } from '../../core/model/clock.ts';
import { parseProjectName, type Tenant } from '../../core/model/ids.ts';
import { type NodeStatus, nodeStatusSchema, type WorkspaceStatus } from '../../core/model/node-status.ts';
import type { KeyValue } from '../../core/store/key-value.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { indexBucket, nodesBucket } from '../../core/store/nats-names.ts';
import { natsObjectStore } from '../../core/store/nats-object-store.ts';
import { ensureTenant } from '../../core/store/nats-setup.ts';
import { useNats } from '../../core/testing/use-nats.ts';
import { type Program, type ProgramEnd, Programs } from '../testing/program.ts';

const PROJECT = parseProjectName('demo');
const nats = useNats();
let tenant: Tenant;
let nodes: KeyValue;
let dir: string;
let node: string;
let nodesMade = 0;

beforeAll(async () => {
  tenant = nats.rig.freshTenant();
  const { shards } = await ensureTenant(nats.link, tenant);
  const objects = natsObjectStore(nats.link, tenant, { shards });
  const index = natsKeyValue(nats.link, indexBucket(tenant));
  nodes = natsKeyValue(nats.link, nodesBucket(tenant));
  await createProject({ objects, index, nodes: objectNodes(objects), clock: systemClock }, PROJECT, {
    kind: 'system',
    id: 'test',
  });
  dir = mkdtempSync(join(tmpdir(), 'fs-assign-'));
});
beforeEach(() => {
  node = `node-${++nodesMade}`;
});
afterAll(() => {
  programs.kill();
  rmSync(dir, { recursive: true, force: true });
});

const programs = new Programs(() => ({
  NATS_URL: nats.rig.url,
  FS_TENANT: tenant,
  FS_DATA_DIR: join(dir, 'data'),
  LOG_LEVEL: 'warn',
}));
const startAgent = (dataDir = 'data'): Program =>
  programs.start(['agent', '--node', node], { FS_DATA_DIR: join(dir, dataDir) });
const inNode = (path: string): string => join(dir, 'data/workspaces', node, path);

async function command(...args: string[]): Promise<ProgramEnd> {
  return programs.start([...args, '--node', node, '--project', PROJECT]).ended;
}

/** When the fleet sees the node like this. */
async function untilNode(done: (status: NodeStatus) => boolean): Promise<NodeStatus> {
  const stop = new AbortController();
  for await (const change of nodes.watch(`${node}.status`, { signal: stop.signal })) {
    if (change.kind !== 'put') continue;
    const status = nodeStatusSchema.parse(JSON.parse(Buffer.from(change.entry.value).toString('utf8')));
    if (!done(status)) continue;
    stop.abort();
    return status;
  }
  throw new Error('the watch ended');
}
const untilWorkspace = (done: (status: WorkspaceStatus) => boolean) =>
  untilNode(({ left, workspaces: [first] }) => !left && first !== undefined && done(first));

async function stopped(program: Program): Promise<ProgramEnd> {
  program.child.kill('SIGTERM');
  return program.ended;
}

test('activate brings a workspace to a running node, deactivate removes it, also across an outage of NATS', async () => {
  const agent = startAgent();
  await untilNode(({ left }) => !left);
  const asked = await command('activate', '--root', `${node}/ws`);
  expect(asked).toMatchObject({ code: 0, err: '' });
  expect(asked.out).toBe(`${node} holds demo in ${inNode('ws')}; its status says how that goes.\n`);
  await untilWorkspace(({ state }) => state === 'in-sync');
  writeFileSync(inNode('ws/file'), 'of the node');
  await untilWorkspace(({ state, files }) => state === 'in-sync' && files === 1);
  expect(readFileSync(inNode('ws/file'), 'utf8')).toBe('of the node');

  await nats.rig.kill();
  await nats.rig.restart();
  expect((await command('deactivate')).code).toBe(0);
  await untilNode(({ left, workspaces }) => !left && workspaces.length === 0);
  expect(existsSync(inNode('ws'))).toBe(false);

  const twice = await command('deactivate');
  expect([twice.code, twice.err]).toEqual([2, expect.stringMatching(/no such workspace of demo is assigned/)]);
  const wrong = await command('activate', '--idle-remove', 'soon');
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/--idle-remove is "soon": give a number/)]);
  expect((await stopped(agent)).code).toBe(0);
});

test('resync asks the node to look anew and tells what it found; a part that nobody holds is refused', async () => {
  const agent = startAgent();
  await untilNode(({ left }) => !left);
  await command('activate', '--root', `${node}/part`, '--prefix', 'docs');
  await untilWorkspace(({ state }) => state === 'in-sync');
  const resync = (...args: string[]) => programs.start(['resync', PROJECT, ...args, '--node', node]).ended;
  expect(await resync('docs/')).toMatchObject({
    code: 0,
    err: '',
    out: `${node}: ${inNode('part')} is as the node remembers it. In sync.\n`,
  });
  const { out } = await resync('--json');
  expect(JSON.parse(out)).toMatchObject({ node, kind: 'looked', workspaces: [{ resync: { found: 0 } }] });
  expect(await resync('images')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/does not hold any of images of demo: assign it by npx fs-sync activate --node/),
  });
  await stopped(agent);
  expect(await resync()).toMatchObject({ code: 0, out: `${node} is away: it looks at everything when it is back.\n` });
});

test('forget takes a node that was stopped off the list, and refuses one that lives', async () => {
  const agent = startAgent();
  await untilNode(({ left }) => !left);
  const forget = () => programs.start(['forget', '--node', node]).ended;
  const refused = await forget();
  expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(/lives: stop its agent first/)]);
  await stopped(agent);
  expect(await forget()).toMatchObject({ code: 0, err: '' });
  for (const what of ['status', 'desired']) expect(await nodes.get(`${node}.${what}`)).toBe(undefined);
  const twice = await forget();
  expect([twice.code, twice.err]).toEqual([2, expect.stringMatching(/there is no node node-/)]);
});

test('a root outside of what the node allows is refused where people look, and to who asks for it', async () => {
  const agent = startAgent();
  await untilNode(({ left }) => !left);
  const refused = await command('activate', '--root', '/etc');
  expect([refused.code, refused.out, refused.err]).toEqual([
    2,
    '',
    expect.stringMatching(
      /does not hold demo in \/etc: This node does not take the workspace: root "\/etc" is not .* take it back: npx fs-sync deactivate .* --root \/etc\n$/,
    ),
  ]);
  const { workspaces } = await untilWorkspace(({ state }) => state === 'blocked');
  expect(workspaces[0]?.sentence).toMatch(
    /does not take the workspace: root "\/etc" is not a directory below .*workspaces/,
  );
  const back = refused.err.match(/npx fs-sync deactivate (.*)/)?.[1]?.split(' ') ?? [];
  expect((await programs.start(['deactivate', ...back]).ended).code).toBe(0);
  await untilNode((status) => !status.left && status.workspaces.length === 0);
  await stopped(agent);
  const away = await command('activate');
  expect([away.code, away.out]).toEqual([
    0,
    `${node} is asked to hold demo in demo; it is away, and does when it is back.\n`,
  ]);
});

test('what no node takes is said at once: an unknown node with those that there are, an unknown project, a root outside', async () => {
  const agent = startAgent();
  await untilNode(({ left }) => !left);
  const activate = (at: string, project: string, ...rest: string[]) =>
    programs.start(['activate', '--node', at, '--project', project, ...rest]).ended;
  const unknown = await activate('nod-1', PROJECT);
  expect([unknown.code, unknown.err]).toEqual([
    2,
    expect.stringMatching(new RegExp(`there is no node nod-1: give one of .*${node}.*or start`)),
  ]);
  const missing = await activate(node, 'nothing');
  expect([missing.code, missing.err]).toEqual([2, expect.stringMatching(/there is no project nothing: give the name/)]);
  const outside = await activate(node, PROJECT, '--root', '../../evil');
  expect([outside.code, outside.err]).toEqual([
    2,
    expect.stringMatching(/--root is "\.\.\/\.\.\/evil": it has a "\.\."/),
  ]);
  const nowhere = await activate(node, PROJECT, '--prefix', 'dosc/', '--root', `${node}/docs`);
  expect([nowhere.code, nowhere.out]).toEqual([0, expect.stringMatching(/ demo has nothing at dosc yet\.\n$/)]);
  const { code, out } = await activate(node, PROJECT, '--root', `.//${node}//ws/`);
  expect([code, out]).toEqual([0, expect.stringContaining(`in ${inNode('ws')};`)]);
  await stopped(agent);
});

test('a second agent of a node waits and says for which one; it takes over when that one ends', async () => {
  const first = startAgent();
  const { instance } = await untilNode(({ left }) => !left);
  const second = startAgent('elsewhere');
  await second.said(new RegExp(`Another agent runs as ${node} on .*, started .* waits until that one is gone`));
  await command('activate', '--root', `${node}/ws`);
  const held = await untilWorkspace(({ state }) => state === 'in-sync');
  expect(held.instance).toBe(instance);
  expect(existsSync(join(dir, 'elsewhere/workspaces', node))).toBe(false);
  await stopped(first);
  const next = await untilWorkspace(({ state }) => state === 'in-sync');
  expect(next.instance).not.toBe(instance);
  expect(existsSync(join(dir, 'elsewhere/workspaces', node, 'ws'))).toBe(true);
  await stopped(second);
});

test('an agent that was killed is known again at its restart, and waits for nobody', async () => {
  const first = startAgent();
  const { instance, started } = await untilNode(({ left }) => !left);
  first.child.kill('SIGKILL');
  await first.ended;
  const second = startAgent();
  const again = await untilNode((status) => !status.left && status.started !== started);
  expect(again.instance).toBe(instance);
  expect((await stopped(second)).err).toBe('');
});

test('a second agent on the same state is refused at once, with what to do', async () => {
  const first = startAgent();
  await untilNode(({ left }) => !left);
  const second = await startAgent().ended;
  expect(second.code).toBe(2);
  expect(second.err).toMatch(
    /An agent runs as .* with its state in .* already: stop it first, or give this one another/,
  );
  await stopped(first);
});
