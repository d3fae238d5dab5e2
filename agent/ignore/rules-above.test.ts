// Rules above a sub-path that no tier has at the moment: what they name is not known, so nothing is committed and nothing
// comes to disk, until they are read.
import { afterEach, expect, test } from 'vitest';
import { readCurrent } from '../../core/commit/current.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import { parseProjectName, shaOf } from '../../core/model/ids.ts';
import { StoreUnavailableError } from '../../core/store/store-errors.ts';
import type { Recall } from '../../core/tier/recall.ts';
import { FakeWorkspace, type FakeWorkspaceOptions, ROOT } from '../incoming/workspace.fakes.ts';

let w: FakeWorkspace;
afterEach(() => w.close());

const PART = { prefix: 'docs/en' };
const PROJECT = parseProjectName('demo');

function writeHere(name: string, text: string): void {
  const { disk } = w.machine.start();
  disk.makeDirectories(`${ROOT}/${name}`.slice(0, `${ROOT}/${name}`.lastIndexOf('/')));
  const file = disk.open(`${ROOT}/${name}`, 'create');
  file.write(Buffer.from(text), 0);
  file.close();
}

async function projectPaths(): Promise<string[]> {
  const head = await readCurrent(w.io.index, PROJECT);
  const paths: string[] = [];
  if (head) for await (const { path } of walkTree(w.io.nodes, head.current.manifest_sha)) paths.push(path);
  return paths;
}

/** Where the project's rules of `docs` came and went from hot while the node was away, with work on both sides. */
async function backLater(rules: string, options: Omit<FakeWorkspaceOptions, 'disk' | 'clock'> = {}): Promise<void> {
  w = await FakeWorkspace.open(PART);
  await w.commit({ 'docs/en/kept': 'k', 'docs/en/build/old': 'o' });
  await w.inSync();
  await w.close();
  await w.commit({ 'docs/.fsignore': rules });
  await w.commit({ 'docs/en/build/theirs': 't', 'docs/en/new': 'n', 'docs/en/build/old': undefined });
  await w.io.objects.delete(shaOf(rules));
  writeHere('build/mine', 'm');
  writeHere('more', 'mine, too');
  w = w.begunAgain({ ...PART, ...options });
  await w.until(({ state }) => state === 'blocked');
}

const bring = (rules: string) => w.io.objects.put(shaOf(rules), rules.length, Buffer.from(rules));
const BUILD = 'build/\n';
const HELD = { kept: 'k', 'build/old': 'o', 'build/mine': 'm', more: 'mine, too' };

test('I5, I9: nothing is committed and nothing comes while no tier has them; then it goes on by itself', async () => {
  await backLater(BUILD);
  expect(w.status.sentence).toMatch(
    /^This workspace waits for the rules of docs\/\.fsignore, which no tier has now: nothing is committed and nothing comes until they are read\. To get them, run npx fs-sync repair demo, or write the file anew\. Since .+ Next try at /,
  );
  const { next_try, last_try } = w.status;
  expect(Date.parse(next_try ?? '')).toBeGreaterThan(Date.parse(last_try ?? ''));
  const before = await projectPaths();
  // Several tries later it is still so.
  await w.until((status) => status.last_try !== last_try);
  expect(w.tree()).toEqual(HELD);
  expect(await projectPaths()).toEqual(before);

  await bring(BUILD);
  await w.until(({ state }) => state === 'in-sync');
  // What the rules name is left alone on both sides.
  expect(w.tree()).toEqual({ ...HELD, new: 'n' });
  expect(await projectPaths()).toEqual([
    'docs/.fsignore',
    'docs/en/build/theirs',
    'docs/en/kept',
    'docs/en/more',
    'docs/en/new',
  ]);
});

test('it waits on after a restart, and for rules that replace others that it knows', async () => {
  await backLater(BUILD);
  await bring(BUILD);
  await w.until(({ state }) => state === 'in-sync');
  const wider = 'build/\nsecret\n';
  await w.commit({ 'docs/.fsignore': wider });
  await w.io.objects.delete(shaOf(wider));
  await w.until(({ state }) => state === 'blocked');
  await w.close();
  writeHere('secret', 's');
  w = w.begunAgain(PART);
  await w.until(({ state, last_try }) => state === 'blocked' && last_try !== undefined);
  await bring(wider);
  await w.until(({ state }) => state === 'in-sync');
  expect(await projectPaths()).not.toContain('docs/en/secret');
});

test('rules that are written anew end the wait for those that are lost', async () => {
  await backLater(BUILD);
  await w.commit({ 'docs/.fsignore': 'other/\n' });
  await w.until(({ state, files }) => state === 'in-sync' && files === 5);
  expect(w.tree()).toEqual({ kept: 'k', 'build/mine': 'm', 'build/theirs': 't', more: 'mine, too', new: 'n' });
  expect(await projectPaths()).toContain('docs/en/build/mine');
});

test('cold storage that does not answer is waited for in the same way', async () => {
  let isAway = true;
  const recall: Recall = {
    async ask(sha) {
      if (isAway) throw new StoreUnavailableError('cold', 'no server answers');
      if (sha === shaOf(BUILD)) await bring(BUILD);
      return { kind: 'there' };
    },
  };
  await backLater(BUILD, { recall });
  expect(w.status.sentence).toContain(
    'the rules of docs/.fsignore, which hot storage does not have, and cold storage does not answer (no server answers):',
  );
  isAway = false;
  await w.until(({ state }) => state === 'in-sync');
  expect(w.tree()).toEqual({ ...HELD, new: 'n' });
});
