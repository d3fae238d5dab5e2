import { expect, test } from 'vitest';
import { readAgentSettings } from './settings.ts';

const env = { NATS_URL: 'nats://127.0.0.1:4222', FS_DATA_DIR: '/data' };
const node = 'node-a';

test('workspaces name a project, or a part of one, and a directory', () => {
  const settings = readAgentSettings({ node, workspace: ['demo=/srv/demo/', 'site/docs/en=rel/dir'] }, env);
  expect(settings.workspaces).toEqual([
    { project: 'demo', root: '/srv/demo' },
    { project: 'site', prefix: 'docs/en', root: `${process.cwd()}/rel/dir` },
  ]);
  expect(settings.stateDir).toBe('/data/agents/node-a');
  expect(settings.watch).toBe('auto');
  expect(settings.workspaceDirs).toEqual(['/data/workspaces']);
});

test('directories that the server may use, and limits, come from the environment', () => {
  const more = { FS_WORKSPACE_DIRS: '/srv/a/:/srv/b', FS_UP_BYTES_PER_SECOND: '1kB', FS_OPEN_FILES: '64' };
  const settings = readAgentSettings({ node, workspace: [] }, { ...env, ...more });
  expect(settings.workspaceDirs).toEqual(['/srv/a', '/srv/b']);
  expect(settings.limits).toEqual({
    upBytesPerSecond: 1_000,
    downBytesPerSecond: undefined,
    memoryBytes: undefined,
    openFiles: 64,
  });
});

test('what may be deleted without a question is said for all workspaces, and for single ones', () => {
  const workspace = ['demo=/srv/demo', 'site/docs/en=/srv/en', 'logs=/srv/logs'];
  const deleteThreshold = ['site/docs/en=200, 1000, 80%', 'logs=delete-all-without-asking'];
  const settings = readAgentSettings({ node, workspace, deleteThreshold }, { ...env, FS_DELETE_THRESHOLD: '30,90,5%' });
  expect(settings.deleteThreshold).toEqual({ files: 30, files_a_day: 90, share: 0.05 });
  expect(settings.workspaces.map((one) => one.deleteThreshold)).toEqual([
    undefined,
    { files: 200, files_a_day: 1_000, share: 0.8 },
    'delete-all-without-asking',
  ]);
});

const [demo, threshold] = [['demo=/srv/demo'], (text: string) => ({ ...env, FS_DELETE_THRESHOLD: text })];
test.each([
  [
    { node, workspace: demo, deleteThreshold: ['20,100,50%'] },
    env,
    /"" is no workspace of this agent: give demo, such/,
  ],
  [{ node, workspace: demo, deleteThreshold: ['x=1,1,1%'] }, env, /"x" is no workspace of this agent: give demo/],
  [{ node, workspace: [], deleteThreshold: ['x=1,1,1%'] }, env, /"x" is no workspace of this agent: no --workspace/],
  [
    { node, workspace: demo, deleteThreshold: ['demo=off'] },
    env,
    /is "demo=off": give the files .*delete-all-without-asking, and what goes here by accident goes from all nodes/,
  ],
  [
    { node, workspace: [] },
    threshold('off'),
    /FS_DELETE_THRESHOLD is "off": give the files .*such as 20,100,50%; or delete-all-without-asking/,
  ],
  [{ node, workspace: [] }, threshold('100,20,50%'), /FS_DELETE_THRESHOLD is "100,20,50%": give/],
  [{ node, workspace: [] }, threshold('20,100,100%'), /FS_DELETE_THRESHOLD is "20,100,100%": give/],
  [{ node, workspace: [] }, threshold('20,100'), /FS_DELETE_THRESHOLD is "20,100": give/],
  [{ node, workspace: [] }, threshold('2000000,2000000,1%'), /FS_DELETE_THRESHOLD is .*: give/],
  [{ node, workspace: ['demo'] }, env, /--workspace is "demo": give project=directory/],
  [{ node, workspace: ['=/srv'] }, env, /--workspace is "=\/srv": give project=directory/],
  [{ node, workspace: ['Demo=/srv'] }, env, /"Demo" is not a project name/],
  [{ node, workspace: ['demo/../x=/srv'] }, env, /path "\.\.\/x" has a "\.\." segment/],
  [{ node, workspace: ['demo=/'] }, env, /the whole disk cannot be a workspace; give a directory below it/],
  [{ node, workspace: ['a=/srv/x', 'b=/srv/x/y'] }, env, /\/srv\/x\/y lies in \/srv\/x/],
  [{ node: 'Node A', workspace: [] }, env, /"Node A" is not a node id/],
  [{ node, workspace: [] }, {}, /NATS_URL is not set/],
  [{ node, workspace: [] }, { ...env, NATS_URL: 'somewhere' }, /NATS_URL is "somewhere": give one or more addresses/],
  [{ node, workspace: [] }, { ...env, FS_WATCH: 'often' }, /FS_WATCH is "often": give one of auto, inotify/],
  [{ node, workspace: [] }, { ...env, FS_WORKSPACE_DIRS: 'rel' }, /FS_WORKSPACE_DIRS is "rel": give absolute/],
  [{ node, workspace: [] }, { ...env, FS_WORKSPACE_DIRS: '/srv:/' }, /FS_WORKSPACE_DIRS is "\/srv:\/": give absolute/],
  [{ node, workspace: [] }, { ...env, FS_MEMORY_BYTES: '-5' }, /FS_MEMORY_BYTES is "-5": give an amount of bytes/],
  [{ node, workspace: [] }, { ...env, FS_MEMORY_BYTES: '1' }, /FS_MEMORY_BYTES is "1": give at least 8MiB.*such as/],
  [{ node, workspace: [] }, { ...env, FS_MEMORY_BYTES: '8MB' }, /FS_MEMORY_BYTES is "8MB": give at least 8MiB/],
  [{ node, workspace: [] }, { ...env, FS_UP_BYTES_PER_SECOND: '999' }, /FS_UP_.* is "999": give at least 1kB.*such as/],
  [{ node, workspace: [] }, { ...env, FS_DOWN_BYTES_PER_SECOND: '1' }, /FS_DOWN_.* is "1": give at least 1kB.*such as/],
  [{ node, workspace: [] }, { ...env, FS_OPEN_FILES: '3' }, /FS_OPEN_FILES is "3": give a whole number, at least 4/],
  [{ node, workspace: [] }, { ...env, FS_OPEN_FILES: '1.5' }, /FS_OPEN_FILES is "1.5": give a whole number/],
  [{ node, workspace: [] }, { ...env, FS_RESCAN_SECONDS: '0' }, /FS_RESCAN_SECONDS is "0": give a number of seconds/],
])('a bad setting is named with its value and what is accepted: %j %j', (args, given, message) => {
  expect(() => readAgentSettings(args, given)).toThrow(message);
});
