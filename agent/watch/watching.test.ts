// A workspace and its watcher: what the watcher misses is found by looking, what is ignored is not watched, and a limit
// that is reached is said in the status.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../core/model/clock.ts';
import { parseNodeId, parseTenant } from '../../core/model/ids.ts';
import { silentLog } from '../../core/model/log.ts';
import type { WorkspaceStatus } from '../../core/model/node-status.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { memoryCommitIo, newProject, PROJECT } from '../../core/testing/test-project.ts';
import { virtualClock } from '../../core/testing/virtual-clock.ts';
import type { Disk } from '../disk/disk.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { Feeds } from '../subscribe/feeds.ts';
import { Workspace } from '../workspace.ts';
import type { WorkspaceHost } from '../workspace-host.ts';
import { startWatcher } from './choose-watcher.ts';
import { inotifyWatcher } from './inotify-watcher.ts';
import { limitedWatcher } from './limited-watcher.ts';
import { pollingWatcher } from './polling-watcher.ts';
import { type Hint, type Watcher, WatchLimitError } from './watcher.ts';

let dir: string;
let root: string;
let stop = async () => {};
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fs-watching-'));
  root = join(dir, 'demo');
});
afterEach(async () => {
  await stop();
  stop = async () => {};
  rmSync(dir, { recursive: true, force: true });
});

function write(path: string, content = path): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

interface Running {
  readonly workspace: Workspace;
  until(done: (status: WorkspaceStatus) => boolean): Promise<void>;
}

async function run(host: Partial<WorkspaceHost> = {}): Promise<Running> {
  const clock = host.clock ?? systemClock;
  const stores = { ...(host.stores ?? memoryCommitIo()), clock };
  if (!host.stores) await newProject(stores);
  const lookers = new Set<() => void>();
  const workspace = new Workspace(
    {
      node: parseNodeId('a'),
      tenant: parseTenant('default'),
      clock,
      log: silentLog,
      feeds: new Feeds(clock),
      stateDir: join(dir, 'state'),
      watch: 'auto',
      rescanEveryMs: 600_000,
      changed() {
        for (const look of lookers) look();
      },
      ...host,
      stores,
    },
    { project: PROJECT, root },
  );
  const end = new AbortController();
  const running = workspace.run(end.signal);
  stop = async () => {
    end.abort(new Error('the test ends'));
    await running;
  };
  const until = (done: (status: WorkspaceStatus) => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!done(workspace.status())) return;
        lookers.delete(look);
        resolve();
      };
      lookers.add(look);
      look();
    });
  return { workspace, until };
}

/** Hears nothing at all. */
const deaf = (): Watcher => ({
  kind: 'inotify',
  watch: () => 'known',
  forget() {},
  close: async () => {},
});

/** Milliseconds until a look that no test waits for. */
const NEVER = Number.MAX_SAFE_INTEGER;

const rested = (files: number) => (status: WorkspaceStatus) => status.state === 'in-sync' && status.files === files;

test('I2: what the watcher missed while it was away is found by the look at the start', async () => {
  write('docs/before.txt');
  const { until } = await run({ startWatcher: deaf });
  await until(rested(1));
});

test('a look at everything reads no file that is as it was, not even after a restart', async () => {
  let opened = 0;
  const disk: Disk = {
    ...nodeDisk,
    open(path, how) {
      if (how === 'read') opened++;
      return nodeDisk.open(path, how);
    },
  };
  for (let i = 0; i < 20; i++) write(`docs/${i}.txt`);
  const stores = memoryCommitIo();
  await newProject(stores);
  const first = await run({ stores, disk });
  await first.until(rested(20));
  expect(opened).toBeGreaterThanOrEqual(20);
  // Where file times are coarse, one that was read within the tick of its change is read once more.
  for (let before = 0; opened !== before; ) {
    before = opened;
    await first.workspace.rescan();
    await first.until(rested(20));
  }
  const read = opened;
  await first.workspace.rescan();
  await first.until(rested(20));
  await stop();
  const again = await run({ stores, disk });
  await again.until(rested(20));
  await again.workspace.rescan();
  await again.until(rested(20));
  expect(opened).toBe(read);
});

test('I2: what a deaf watcher misses is found when someone asks for a look', async () => {
  const { workspace, until } = await run({ startWatcher: deaf });
  await until(rested(0));
  write('docs/missed.txt');
  await workspace.rescan();
  await until(rested(1));
  unlinkSync(join(root, 'docs/missed.txt'));
  await workspace.rescan();
  await until(({ state, files }) => state === 'in-sync' && files === 0);
});

test('I2: what a deaf watcher misses is found by the look from time to time', async () => {
  const time = virtualClock(Date.now());
  const startedAt = time.now();
  const { until } = await run({ startWatcher: deaf, clock: time, rescanEveryMs: 3_600_000 });
  await until(rested(0));
  write('missed.txt');
  await until(rested(1));
  expect(time.now() - startedAt).toBeGreaterThanOrEqual(3_600_000);
});

/** Fills the kernel's queue of events while nobody reads it, and then makes files, whose events it drops. */
function overflow(dropped: readonly string[]): void {
  const limit = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  // Of two that are the same and follow each other the kernel keeps one.
  for (let i = 0; i < limit; i++) chmodSync(join(root, i % 2 ? 'busy' : 'busy too'), 0o600);
  for (const path of dropped) write(path);
}

const BUSY = ['busy', 'busy too'];
const DROPPED = ['one', 'two', 'deep/down/three'];

test('I2: when the kernel drops events, the watcher says so by itself, and all is found at once', async () => {
  const hints: Hint[] = [];
  for (const path of BUSY) write(path);
  const { until } = await run({
    rescanEveryMs: NEVER,
    startWatcher: (at, onHint, settings) =>
      startWatcher(at, settings, (hint) => {
        hints.push(hint);
        onHint(hint);
      }),
  });
  await until(rested(BUSY.length));
  hints.length = 0;
  overflow(DROPPED);
  await until(rested(BUSY.length + DROPPED.length));
  const whole = hints.findIndex((hint) => hint.kind === 'tree' && hint.dir === '');
  // Before the look at everything, nobody had heard of them.
  expect(whole).toBeGreaterThan(0);
  expect(hints.slice(0, whole).every((hint) => hint.kind === 'path' && BUSY.includes(hint.path))).toBe(true);
});

test('I2: when the kernel drops events and nobody notices, the look from time to time finds all', async () => {
  const heard = new Set<string>();
  for (const path of BUSY) write(path);
  const { until } = await run({
    clock: virtualClock(Date.now()),
    rescanEveryMs: 3_600_000,
    startWatcher: (at, onHint, settings) =>
      startWatcher(at, settings, (hint) => {
        if (hint.kind === 'tree') return;
        heard.add(hint.path);
        onHint(hint);
      }),
  });
  await until(rested(BUSY.length));
  heard.clear();
  overflow(DROPPED);
  await until(rested(BUSY.length + DROPPED.length));
  expect(heard).toEqual(new Set(BUSY));
});

test('I2: more changes than the kernel keeps events for are all found', async () => {
  const { until } = await run({ rescanEveryMs: NEVER });
  await until(rested(0));
  const limit = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  const files = Math.ceil(limit / 2) + 1_000;
  write('many/first');
  await until(rested(1));
  // Two events a file, and none is read while this goes on.
  for (let i = 1; i < files; i++) writeFileSync(join(root, `many/file-${i}`), `${i}`);
  await until(rested(files));
});

test('polling finds what nobody tells, and takes a file that is being written when it was left alone', async () => {
  const { until } = await run({ watch: 'polling', clock: virtualClock(Date.now()), rescanEveryMs: NEVER });
  await until(rested(0));
  write('docs/one.txt');
  await until(rested(1));
  write('docs/one.txt', 'longer than it was before');
  await until(({ bytes }) => bytes === 'longer than it was before'.length);
  unlinkSync(join(root, 'docs/one.txt'));
  await until(({ files }) => files === 0);
});

test.each([
  ['nfs4', 'polling'],
  ['fuse.sshfs', 'polling'],
  ['ext4', 'inotify'],
])('on %s a directory is watched by %s', async (type, kind) => {
  mkdirSync(root);
  const settings = {
    mode: 'auto',
    log: silentLog,
    clock: virtualClock(),
    isIgnored: () => false,
    onLimit() {},
  } as const;
  const mounts = () => `22 1 259:2 / / rw - overlay overlay rw\n30 22 0:26 / ${dir} rw - ${type} somewhere rw\n`;
  const watcher = startWatcher(root, settings, () => {}, mounts);
  expect(watcher.kind).toBe(kind);
  await watcher.close();
});

test('what is ignored is neither read nor watched; taken back it is both', async () => {
  const watched = new Set<RelPath | ''>();
  write('node_modules/a/deep/index.js');
  write('src/main.ts');
  write('.fsignore', 'node_modules/');
  const { workspace, until } = await run({
    startWatcher(at, onHint, settings) {
      const watcher = startWatcher(at, settings, onHint);
      return {
        kind: 'inotify',
        watch(path, inode) {
          watched.add(path);
          return watcher.watch(path, inode);
        },
        forget(path) {
          for (const one of watched) if (one === path || one.startsWith(`${path}/`)) watched.delete(one);
          watcher.forget(path);
        },
        close: () => watcher.close(),
      };
    },
  });
  await until(rested(2));
  expect([...watched].sort()).toEqual(['', 'src']);
  write('.fsignore', '# nothing');
  await until(rested(3));
  await workspace.rescan();
  expect([...watched].sort()).toEqual(['', 'node_modules', 'node_modules/a', 'node_modules/a/deep', 'src']);
  write('.fsignore', 'node_modules/\n*.log');
  await until(rested(2));
  await workspace.rescan();
  expect([...watched].sort()).toEqual(['', 'src']);
});

test('a limit that is reached is a note in the status, stops nothing, and goes with its cause', async () => {
  let limit = 2;
  let watches = 0;
  const { workspace, until } = await run({
    clock: virtualClock(Date.now()),
    rescanEveryMs: NEVER,
    startWatcher(at, onHint, { clock, onLimit }) {
      const inotify = inotifyWatcher(at, onHint);
      const scarce: Watcher = {
        ...inotify,
        watch(path, inode) {
          if (watches >= limit) throw new WatchLimitError('The limit fs.inotify.max_user_watches is reached: raise it');
          const answer = inotify.watch(path, inode);
          if (answer === 'new') watches++;
          return answer;
        },
      };
      return limitedWatcher(scarce, { polling: () => pollingWatcher(onHint, { clock }), onLimit });
    },
  });
  await until(rested(0));
  write('one/file');
  write('two/file');
  write('three/deep/file');
  await until(rested(3));
  const status = workspace.status();
  expect(status.problems).toMatchObject([
    { path: '.', code: 'watch-limit', reason: expect.stringMatching(/raise it/) },
  ]);
  expect(status.sentence).toBe('In sync. There is 1 note: see the problems.');
  write('three/deep/file', 'changed where nobody watches');
  await until(({ bytes }) => bytes === 'one/file'.length + 'two/file'.length + 'changed where nobody watches'.length);
  limit = Number.POSITIVE_INFINITY;
  await until(({ problem_count }) => problem_count === 0);
});
