// The built commands as a person runs them: an agent with its socket and its hook, and `fs-sync watch` beside it, over a
// real nats-server.
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROJECT } from '../testing/fleet.ts';
import { type NatsProject, openNatsProject } from '../testing/nats-project.ts';
import { type FeedEvent, feedEventSchema } from './feed-event.ts';

const PROGRAM = join(import.meta.dirname, '../../scripts/fs-sync.mjs');

let project: NatsProject;
let dir: string;
const processes = new Set<ChildProcess>();

beforeAll(async () => {
  project = await openNatsProject();
  dir = mkdtempSync(join(tmpdir(), 'fs-watch-'));
});
afterAll(async () => {
  for (const one of processes) one.kill('SIGKILL');
  await project.close();
  rmSync(dir, { recursive: true, force: true });
});

const rootOf = (node: string): string => join(dir, node);

/** A running command, whose lines a test reads one by one. */
class Program {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly told: string[] = [];
  readonly #onTold = new Set<() => void>();
  readonly #ready: Promise<void>;
  readonly exited: Promise<number | null>;

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    const child = fork(PROGRAM, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...process.env,
        NATS_URL: project.rig.url,
        FS_TENANT: project.tenant,
        FS_DATA_DIR: join(dir, 'data'),
        DIR: dir,
        ...env,
      },
    });
    processes.add(child);
    this.#child = child;
    if (!child.stdout || !child.stderr) throw new Error('its output is piped');
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    createInterface(child.stderr).on('line', (line) => {
      this.told.push(line);
      for (const look of this.#onTold) look();
    });
    this.#ready = new Promise((resolve) => child.on('message', () => resolve()));
    this.exited = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  }

  async ready(): Promise<this> {
    await this.#ready;
    return this;
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the program ended: ${this.told.join('\n')}`);
    return value;
  }

  async until(matches: (event: FeedEvent) => boolean): Promise<FeedEvent> {
    for (;;) {
      const event = feedEventSchema.parse(JSON.parse(await this.line()));
      if (matches(event)) return event;
    }
  }

  /** When it has said this on its standard error. */
  tells(pattern: RegExp): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.told.some((line) => pattern.test(line))) return;
        this.#onTold.delete(look);
        resolve();
      };
      this.#onTold.add(look);
      look();
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

const agent = (node: string, ...more: string[]): Promise<Program> =>
  new Program(['agent', '--node', node, '--workspace', `${PROJECT}=${rootOf(node)}`, ...more]).ready();

test('watch, its command, and the hook of the agent hear of a change when it is whole; a restart is told', async () => {
  const a = await agent('a');
  let b = await agent(
    'b',
    '--hook',
    'echo "$FS_PROJECT $FS_COMMIT" >> "$DIR/hooked"; cat "$FS_ROOT/one.txt" >> "$DIR/hooked"',
  );
  const socket = join(dir, 'data/agents/b/agent.sock');
  expect((lstatSync(socket).mode & 0o777).toString(8)).toBe('600');

  const json = new Program(['watch', '--node', 'b', '--json', '--project', PROJECT]);
  const plain = new Program(['watch', '--node', 'b', '--type', 'applied', '--path', 'sub dir/']);
  const exec = new Program(['watch', '--node', 'b', '--exec', 'cat; echo "ran $FS_EVENT_TYPE $FS_ROOT"']);
  await Promise.all([json.ready(), plain.ready(), exec.ready()]);

  writeFileSync(join(rootOf('a'), 'one.txt'), 'one');
  const applied = await json.until(({ type }) => type === 'applied');
  expect(applied).toMatchObject({
    project: PROJECT,
    root: rootOf('b'),
    paths: [{ path: 'one.txt', change: 'created' }],
  });
  expect(readFileSync(join(rootOf('b'), 'one.txt'), 'utf8')).toBe('one');
  expect(JSON.parse(await exec.line())).toEqual(applied);
  expect(await exec.line()).toBe(`ran applied ${rootOf('b')}`);

  mkdirSync(join(rootOf('a'), 'sub dir'));
  writeFileSync(join(rootOf('a'), 'sub dir/two'), 'two');
  expect(await plain.line()).toMatch(/^\S+Z applied demo [0-9a-f]{12} created "sub dir\/two"$/);
  await json.until((event) => event.type === 'applied' && event.paths.some(({ path }) => path === 'sub dir/two'));

  await b.tells(/the hook ran for applied/);
  b.kill('SIGKILL');
  await b.exited;
  expect(existsSync(socket)).toBe(true);
  b = await agent('b');
  expect(await json.until(({ type }) => type === 'reset')).toMatchObject({ reason: 'restarted' });
  writeFileSync(join(rootOf('a'), 'three.txt'), 'three');
  await json.until((event) => event.type === 'applied' && event.paths.some(({ path }) => path === 'three.txt'));
  expect(json.told.filter((line) => line.startsWith('fs-sync:'))).toEqual([
    `fs-sync: no agent answers at ${socket}; waiting until one does`,
    `fs-sync: the agent at ${socket} answers`,
  ]);
  const hooked = readFileSync(join(dir, 'hooked'), 'utf8');
  expect(hooked).toMatch(new RegExp(`^${PROJECT} ${'commit' in applied ? applied.commit : ''}\none`));

  for (const one of [json, plain, exec]) one.kill('SIGTERM');
  expect(await Promise.all([json.exited, plain.exited, exec.exited])).toEqual([0, 0, 0]);
  for (const one of [a, b]) one.kill('SIGTERM');
  expect(await Promise.all([a.exited, b.exited])).toEqual([0, 0]);
  expect(existsSync(socket)).toBe(false);
});

test('a watch that cannot work says what to change, and ends with 2', async () => {
  const several = new Program(['watch']);
  expect(await several.exited).toBe(2);
  expect(several.told.join('\n')).toMatch(/there are several agents: give one by --node: a, b/);
  const bad = new Program(['watch', '--node', 'a', '--type', 'everything']);
  expect(await bad.exited).toBe(2);
  expect(bad.told.join('\n')).toMatch(/--type is "everything": give one of seen, committed, applied, held, reset/);
});
