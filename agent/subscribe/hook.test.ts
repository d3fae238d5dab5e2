import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../core/model/clock.ts';
import { fakeSha, parseProjectName } from '../../core/model/ids.ts';
import { silentLog } from '../../core/model/log.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { SettingsError } from '../../core/settings/env.ts';
import type { WorkspaceSpec } from '../workspace-spec.ts';
import { readHookSettings, startAgentHook } from './agent-hook.ts';
import { type FeedBody, feedEventSchema } from './feed-event.ts';
import { Feeds } from './feeds.ts';
import { Hook, type HookRun, joinEvents } from './hook.ts';

let dir: string;
let feeds: Feeds;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fs-hook-'));
  feeds = new Feeds(systemClock);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const specOf = (project: string): WorkspaceSpec => {
  mkdirSync(join(dir, project), { recursive: true });
  return { project: parseProjectName(project), root: join(dir, project) };
};
const applied = (path: string, from = 'base'): Extract<FeedBody, { type: 'applied' }> => ({
  type: 'applied',
  commit: fakeSha(path),
  from: fakeSha(from),
  count: 1,
  paths: [{ path: fakePath(path), change: 'updated' }],
  more: false,
});
const eventOf = (path: string, project = 'demo') => feeds.of(specOf(project)).publish(applied(path));
const PATH = process.env.PATH;

/** A hook whose runs a test awaits one by one. */
function startHook(command: string, options: { timeoutMs?: number } = {}) {
  const runs: HookRun[] = [];
  const waiters: (() => void)[] = [];
  const hook = new Hook({
    command,
    timeoutMs: options.timeoutMs ?? 60_000,
    env: { PATH, DIR: dir },
    cwd: ({ root }) => root,
    output: 'keep',
    ended: (run) => {
      runs.push(run);
      for (const waiter of waiters.splice(0)) waiter();
    },
  });
  const ended = async (count: number): Promise<HookRun[]> => {
    while (runs.length < count) await new Promise<void>((resolve) => waiters.push(resolve));
    return runs;
  };
  return { hook, runs, ended };
}

test('a run has the event in its environment, and whole on its input', async () => {
  const { hook, ended } = startHook('cat > input; env > env; pwd; exit 3');
  const event = eventOf('a');
  hook.offer(event);
  const [run] = await ended(1);
  expect(run).toMatchObject({ exitCode: 3, fault: 'it ended with 3', output: `${event.root}\n` });
  expect(feedEventSchema.parse(JSON.parse(readFileSync(join(event.root, 'input'), 'utf8')))).toEqual(event);
  const env = readFileSync(join(event.root, 'env'), 'utf8');
  for (const line of [
    'FS_EVENT_TYPE=applied',
    'FS_PROJECT=demo',
    `FS_ROOT=${event.root}`,
    `FS_COMMIT=${fakeSha('a')}`,
    `FS_EVENT_ID=${event.id}`,
    'FS_COUNT=1',
  ]) {
    expect(env.split('\n')).toContain(line);
  }
});

test('for one workspace never two at once: what comes meanwhile is one run, from the first commit to the last', async () => {
  // The first run tells that it is there, and waits for the test.
  const { hook, runs, ended } = startHook(
    'mkdir busy || exit 9; [ "$FS_COMMIT" = "$FIRST" ] || cat > /dev/null; while [ -e wait ]; do read x < go; rm -f wait; done; rmdir busy',
  );
  const root = specOf('demo').root;
  execFileSync('mkfifo', [join(root, 'go')]);
  writeFileSync(join(root, 'wait'), '');
  hook.offer(eventOf('a'));
  // Opening a pipe for writing waits until the command reads from it.
  const go = await open(join(root, 'go'), 'w');
  hook.offer(feeds.of(specOf('demo')).publish(applied('b', 'a')));
  hook.offer(feeds.of(specOf('demo')).publish(applied('c', 'b')));
  hook.offer(eventOf('other', 'other'));
  // Another workspace does not wait.
  await ended(1);
  expect(runs.map(({ event }) => event.project)).toEqual(['other']);
  await go.write('\n');
  await go.close();
  await ended(3);
  expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  expect(runs[2]?.event).toMatchObject({
    commit: fakeSha('c'),
    from: fakeSha('a'),
    count: 2,
    paths: [{ path: 'b' }, { path: 'c' }],
  });
});

test('a run that takes too long is ended', async () => {
  const { hook, ended } = startHook('sleep 1000', { timeoutMs: 50 });
  hook.offer(eventOf('a'));
  expect(await ended(1)).toMatchObject([{ exitCode: null, fault: 'it took longer than 0.05 s' }]);
});

test('a run that is stopped ends with all that it started, also what does not end when asked', async () => {
  // The command's own child holds a pipe open as long as it lives.
  const { hook, ended } = startHook(`exec 3> pipe; (trap '' TERM; echo started >&3; exec sleep 1000) & wait`);
  const event = eventOf('a');
  execFileSync('mkfifo', [join(event.root, 'pipe')]);
  hook.offer(event);
  const pipe = createReadStream(join(event.root, 'pipe'), 'utf8');
  const gone = new Promise<void>((resolve) => pipe.once('end', () => resolve()));
  await new Promise<void>((resolve) => pipe.once('data', () => resolve()));
  await hook.close();
  expect(await ended(1)).toMatchObject([{ exitCode: null, fault: 'it was stopped' }]);
  await gone;
});

test('a directory that is gone fails the run, not the program', async () => {
  const { hook, ended } = startHook('true');
  const event = eventOf('a');
  rmSync(event.root, { recursive: true });
  hook.offer(event);
  const [run] = await ended(1);
  expect(run?.fault).toMatch(/could not be started: .*ENOENT/);
});

test('events are joined by their type, and a reset stands for all that was before it', () => {
  const feed = feeds.of(specOf('demo'));
  const seen = feed.publish({
    type: 'seen',
    count: 1,
    paths: [{ path: fakePath('x'), change: 'created' }],
    more: false,
  });
  const [a, b] = [feed.publish(applied('a')), feed.publish(applied('b', 'a'))];
  const reset = feed.publish({ type: 'reset', reason: 'went-back' });
  const joined = [seen, a, b].reduce(joinEvents, []);
  expect(joined.map(({ type }) => type)).toEqual(['seen', 'applied']);
  expect(joined[1]).toMatchObject({ from: fakeSha('base'), commit: fakeSha('b'), count: 2 });
  expect(joinEvents(joined, reset)).toEqual([reset]);
});

test("an agent's hook runs for what is applied, without the agent's keys", async () => {
  const env = { PATH, NATS_CREDS: '/secret', AWS_SECRET_ACCESS_KEY: 'secret', FS_ADMIN_TOKEN: 'secret', DIR: dir };
  const told: string[] = [];
  let tell = () => {};
  const ran = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const settings = { command: 'env > "$DIR/env"', timeoutMs: 60_000 };
  const log = {
    ...silentLog,
    info: (_: object, message: string) => {
      told.push(message);
      tell();
    },
  };
  const feed = feeds.of(specOf('demo'));
  const stop = startAgentHook({ feeds, settings, stateDir: join(dir, 'state'), env, log });
  feed.publish({ type: 'seen', count: 1, paths: [{ path: fakePath('x'), change: 'created' }], more: false });
  feed.publish(applied('a'));
  expect(existsSync(join(dir, 'state/hook-owed'))).toBe(true);
  await ran;
  await stop();
  expect(told).toEqual(['the hook ran for applied']);
  const seen = readFileSync(join(dir, 'env'), 'utf8');
  expect(seen).toMatch(/^FS_EVENT_TYPE=applied$/m);
  expect(seen).not.toMatch(/secret/);
  expect(existsSync(join(dir, 'state/hook-owed'))).toBe(false);
});

test('a run that the end of the agent cut off is made up for at its next start', async () => {
  const stateDir = join(dir, 'state');
  const env = { PATH, DIR: dir };
  const feed = feeds.of(specOf('demo'));
  const slow = { command: 'exec sleep 1000', timeoutMs: 60_000 };
  const stop = startAgentHook({ feeds, settings: slow, stateDir, env, log: silentLog });
  feed.publish(applied('a'));
  await stop();
  expect(existsSync(join(stateDir, 'hook-owed'))).toBe(true);

  feeds = new Feeds(systemClock);
  feeds.of(specOf('demo'));
  let tell = (_: string) => {};
  const told = new Promise<string>((resolve) => {
    tell = resolve;
  });
  const log = { ...silentLog, info: (_: object, message: string) => tell(message) };
  const stopAgain = startAgentHook({ feeds, settings: { ...slow, command: 'true' }, stateDir, env, log });
  expect(await told).toBe('the hook ran for reset');
  await stopAgain();
  expect(existsSync(join(stateDir, 'hook-owed'))).toBe(false);
});

test('the settings of the hook: the option comes before the environment, and a bad time says what is accepted', () => {
  expect(readHookSettings(undefined, {})).toBeUndefined();
  expect(readHookSettings(undefined, { FS_HOOK_APPLIED: 'a' })).toEqual({ command: 'a', timeoutMs: 300_000 });
  expect(readHookSettings('b', { FS_HOOK_APPLIED: 'a', FS_HOOK_TIMEOUT_SECONDS: '1.5' })).toEqual({
    command: 'b',
    timeoutMs: 1_500,
  });
  expect(() => readHookSettings('b', { FS_HOOK_TIMEOUT_SECONDS: 'soon' })).toThrow(SettingsError);
});
