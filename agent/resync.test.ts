import { existsSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../core/model/clock.ts';
import type { ResyncStatus } from '../core/model/node-status.ts';
import { parseRelPath } from '../core/model/rel-path.ts';
import { resync } from '../core/node/resync.ts';
import { resyncAnswer } from '../core/node/resync-answer.ts';
import { Fleet, PROJECT } from './testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

/** Asks, and waits for what each node says to it. */
async function ask(path?: string): Promise<Record<string, ResyncStatus | undefined>> {
  const { nodes } = fleet.stores;
  const asked = { project: PROJECT, ...(path !== undefined && { path: parseRelPath(path) }) };
  const outcome = await resync(nodes, asked, systemClock.now());
  if (outcome.kind !== 'resync-asked') throw new Error(outcome.kind);
  const answers = outcome.nodes.map(async (one) => {
    const answer = await resyncAnswer(nodes, one, asked, new AbortController().signal);
    return [one.node, answer.kind === 'looked' ? answer.workspaces[0]?.resync : undefined] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}

/** A node that learns of nothing by itself, because nothing watches its directory. */
const deaf = { watch: 'polling' } as const;

test('I2: every node that holds the project looks anew, says what it found, and what was missed goes its way', async () => {
  fleet = await Fleet.open();
  const [a, b] = [fleet.start('a', deaf), fleet.start('b')];
  await fleet.converged();
  expect(await ask()).toMatchObject({ a: { found: 0 }, b: { found: 0 } });
  await mkdir(a.path('docs'));
  await writeFile(a.path('docs/one.txt'), 'one');
  await writeFile(a.path('two.txt'), 'two');
  const { a: found } = await ask();
  expect(found).toMatchObject({ found: 2 });
  await b.has('docs/one.txt', 'one');
  await b.has('two.txt', 'two');
  expect(a.status.looked).toBeDefined();
});

test('only what is at and below the path is looked at; a node that holds it under a prefix knows where that is', async () => {
  fleet = await Fleet.open();
  const a = fleet.start('a', deaf);
  const b = fleet.start('b', { ...deaf, prefix: 'docs' });
  await fleet.converged();
  await mkdir(a.path('docs/deep'), { recursive: true });
  await writeFile(a.path('docs/deep/one.txt'), 'one');
  await writeFile(a.path('top.txt'), 'top');
  expect(await ask('docs')).toMatchObject({ a: { path: 'docs', found: 1 }, b: { found: 0 } });
  await b.has('deep/one.txt', 'one');
  expect(await ask('docs/deep/one.txt')).toMatchObject({ a: { found: 0 }, b: { found: 0 } });
  await writeFile(b.path('deep/one.txt'), 'another');
  expect(await ask('docs/deep')).toMatchObject({ b: { path: 'docs/deep', found: 1 } });
  await a.has('docs/deep/one.txt', 'another');
});

test('I11: nothing behind a link is looked at, and an ignored directory is left alone', async () => {
  fleet = await Fleet.open();
  const a = fleet.start('a', deaf);
  await fleet.converged();
  const outside = join(fleet.dir, 'outside/deep');
  await mkdir(outside, { recursive: true });
  await writeFile(join(outside, 'secret.txt'), 'secret');
  await writeFile(a.path('.fsignore'), 'build/\n');
  await mkdir(a.path('build/out'), { recursive: true });
  await writeFile(a.path('build/out/x'), 'x');
  await ask();
  await fleet.converged();
  await symlink(join(fleet.dir, 'outside'), a.path('link'));
  expect(await ask('link/deep')).toMatchObject({ a: { found: 1 } });
  expect(await ask('build/out')).toMatchObject({ a: { found: 0 } });
  await fleet.converged();
  expect(a.status).toMatchObject({ files: 1, problems: [{ path: 'link', code: 'symlink' }] });
});

test('I2: a node whose watch tells nothing any more asks what is current, and has it', async () => {
  fleet = await Fleet.open();
  const { index } = fleet.stores;
  let isMute = false;
  const mute: typeof index = {
    ...index,
    async *watch(filter, options) {
      for await (const change of index.watch(filter, options)) if (!isMute) yield change;
    },
  };
  const [a, b] = [fleet.start('a'), fleet.start('b', { stores: { index: mute } })];
  await fleet.converged();
  isMute = true;
  await writeFile(a.path('one.txt'), 'one');
  await a.until(({ files, state }) => files === 1 && state === 'in-sync');
  expect(existsSync(b.path('one.txt'))).toBe(false);
  await ask();
  await b.has('one.txt', 'one');
  await fleet.converged();
});

test('what was asked while the agent was away is answered when it is back, and once', async () => {
  fleet = await Fleet.open();
  const a = fleet.start('a', deaf);
  await fleet.converged();
  await a.agent.stop();
  expect(await ask()).toEqual({ a: undefined });
  const back = fleet.start('a', deaf);
  const answered = await back.until(({ resync: said }) => said?.ended !== undefined);
  expect(answered.resync).toMatchObject({ found: 0 });
  await back.agent.stop();
  const again = fleet.start('a', deaf);
  const known = await again.until(({ resync: said }) => said?.ended !== undefined);
  expect(known.resync).toEqual({ asked: answered.resync?.asked, ended: known.looked });
});

test('what waits for a retry is tried at once, and the status says when it was and will be tried', async () => {
  fleet = await Fleet.open();
  const [a, b] = await fleet.two();
  // A file lies where the directory has to come, and is not carried: b cannot place what is below.
  await symlink('nowhere', b.path('docs'));
  await b.until(({ problem_count }) => problem_count === 1);
  await mkdir(a.path('docs'));
  await writeFile(a.path('docs/one.txt'), 'one');
  const held = await b.until(({ state, next_try }) => state === 'held' && next_try !== undefined);
  expect(Date.parse(held.next_try ?? '')).toBeGreaterThan(Date.parse(held.last_try ?? ''));
  await rm(b.path('docs'));
  await ask();
  await b.has('docs/one.txt', 'one');
  await fleet.converged();
  expect(b.status).not.toHaveProperty('next_try');
  expect(existsSync(b.path('docs'))).toBe(true);
});
