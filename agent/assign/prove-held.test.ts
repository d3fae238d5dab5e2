import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ColdProofs } from '../../core/commit/cold-proofs.ts';
import { changePolicy } from '../../core/commit/policy.ts';
import { type Entry, isFile } from '../../core/model/entry.ts';
import { fakeSha, type Sha, shaOf } from '../../core/model/ids.ts';
import { objectKey } from '../../core/model/index-keys.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { StoreUnavailableError } from '../../core/store/store-errors.ts';
import { commitText, memoryCommitIo, newProject, PROJECT } from '../../core/testing/test-project.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { openState } from '../state/open-state.ts';
import type { WorkspaceState } from '../state/state.ts';
import { type ProveIo, proveHeld } from './prove-held.ts';

let io: ReturnType<typeof memoryCommitIo>;
let state: WorkspaceState;
/** what cold has, with its size */
const inCold = new Map<Sha, number>();
beforeEach(async () => {
  inCold.clear();
  io = memoryCommitIo();
  await newProject(io);
  state = openState(nodeDisk, ':memory:').state;
});
afterEach(() => state.close());

const prove = (over: Partial<ProveIo> = {}) =>
  proveHeld({
    stores: { ...io, proofs: server },
    project: PROJECT,
    prefix: undefined,
    state,
    signal: new AbortController().signal,
    safe: new Set<Sha>(),
    ...over,
  });
const why = (text: RegExp) => ({ kind: 'unproven', why: expect.stringMatching(text) });
const entryOf = (path: string, text = path): Entry => ({
  path: fakePath(path),
  sha: shaOf(text),
  size: text.length,
  mode: 0o644,
  mtime: 1_700_000_000_000,
});

/** The project has these files, and the workspace holds them in sync. */
async function holds(...paths: string[]): Promise<void> {
  for (const path of paths) {
    const { commitSha, commit, at } = await commitText(io, path, path);
    state.rows.put(entryOf(path), 'a fingerprint');
    state.setBase({ commitSha, manifestSha: commit.manifest_sha, revision: at.revision });
  }
}

/** The record of a copy that was proven once. */
async function recorded(path: string): Promise<void> {
  const cold = { bucket: 'b', key: 'k', etag: 'e', verified_at: '2026-01-01T00:00:00.000Z' };
  const record = { size: path.length, mime: 'text/plain', created: '2026-01-01T00:00:00.000Z', cold };
  await io.index.put(objectKey(shaOf(path)), Buffer.from(JSON.stringify(record)));
}

/** A server that goes by its records unless it is asked for a fresh proof, and archives what it can. */
const server: ColdProofs = {
  async ask(_, objects, freshness) {
    if (freshness !== 'fresh') return { kind: 'proven' };
    for (const { sha, size } of objects) {
      if (inCold.get(sha) === size) continue;
      if ((await io.objects.stat(sha)).kind === 'absent') return { kind: 'absent', sha };
      inCold.set(sha, size);
    }
    return { kind: 'proven' };
  },
};

test('what is in sync and in hot is proven, also when the project went on since', async () => {
  await holds('a', 'd/b');
  expect(await prove()).toEqual({ kind: 'proven' });
  await commitText(io, 'later', 'later');
  expect(await prove()).toEqual({ kind: 'proven' });
});

test('I3: an object that hot does not have counts only with a fresh proof of cold, of the same size, whatever its record says', async () => {
  await holds('a', 'b');
  await io.objects.delete(shaOf('a'));
  await recorded('a');
  expect(await prove()).toEqual(why(/the bytes of 1 file \(a\) are in no storage any more.*repair the project/));
  inCold.set(shaOf('a'), 7);
  expect(await prove()).toEqual(why(/1 file/));
  inCold.set(shaOf('a'), 1);
  expect(await prove()).toEqual({ kind: 'proven' });
});

test('I3: with the policy `archived` hot alone proves nothing: a server archives what cold does not have', async () => {
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, deactivate: 'archived' }));
  await holds('a', 'b');
  await recorded('a');
  const away: ColdProofs = { ask: () => Promise.reject(new StoreUnavailableError('cold', 'no server answers')) };
  const unproven = why(/not proven to be in cold, as the project asks: no server answers/);
  expect(await prove({ stores: { ...io, proofs: away } })).toEqual(unproven);
  expect(await prove({ stores: io })).toEqual(why(/this program does not ask for proofs/));
  expect(await prove()).toEqual({ kind: 'proven' });
  expect([...inCold.keys()].sort()).toEqual([shaOf('a'), shaOf('b')].sort());
});

test('I3: of many files those that no tier has are counted, each once, and nothing is said of hot while it does not answer', async () => {
  await holds(...Array.from({ length: 70 }, (_, n) => `f${String(n).padStart(2, '0')}`));
  for (const name of ['f03', 'f05', 'f69']) await io.objects.delete(shaOf(name));
  expect(await prove()).toEqual(why(/the bytes of 2 files \(f03\) .* and perhaps those of more/));
  const hotIsAway: ColdProofs = { ask: () => Promise.reject(new StoreUnavailableError('hot', 'NATS is away')) };
  await expect(prove({ stores: { ...io, proofs: hotIsAway } })).rejects.toThrow('NATS is away');
});

test('a second proof asks only for what the first did not find safe', async () => {
  await holds('a', 'b');
  const safe = new Set<Sha>();
  await prove({ safe });
  expect(safe).toEqual(new Set([shaOf('a'), shaOf('b')]));
  await io.objects.delete(shaOf('a'));
  expect(await prove({ safe })).toEqual({ kind: 'proven' });
});

test('a workspace without a base, behind, or with a commit that is in no history is not proven', async () => {
  expect(await prove()).toEqual(why(/not in sync/));
  await holds('a');
  state.behind.put({ path: fakePath('b'), entry: entryOf('b'), revision: 9, since: 0 });
  expect(await prove()).toEqual(why(/not in sync/));
  state.behind.drop(fakePath('b'));
  const base = state.base;
  if (!base) throw new Error('there is a base');
  state.setBase({ ...base, commitSha: fakeSha() });
  expect(await prove()).toEqual(why(/is not in the history of what is current/));
});

test('rows that are not what the commit says are not proven, whichever side has more', async () => {
  await holds('a', 'b');
  state.rows.put(entryOf('b', 'another'), 'a fingerprint');
  expect(await prove()).toEqual(why(/^b is not as in the project/));
  state.rows.drop(fakePath('b'));
  expect(await prove()).toEqual(why(/^b is not as in the project/));
  state.rows.put(entryOf('b'), 'a fingerprint');
  state.rows.put(entryOf('c'), 'a fingerprint');
  expect(await prove()).toEqual(why(/it holds files that its commit does not have/));
});

test('what is ignored here is the project’s alone', async () => {
  await holds('a', 'b', 'c', 'd');
  for (const name of ['b', 'd']) {
    const entry = entryOf(name);
    state.rows.drop(entry.path);
    state.leftOut.put(entry, 1);
    if (isFile(entry)) await io.objects.delete(entry.sha);
  }
  expect(await prove()).toEqual({ kind: 'proven' });
});

test('a part of a project is proven by that part', async () => {
  await commitText(io, 'elsewhere', 'elsewhere');
  const { commitSha, commit, at } = await commitText(io, 'docs/a', 'docs/a');
  state.rows.put({ ...entryOf('docs/a'), path: fakePath('a') }, 'a fingerprint');
  state.setBase({ commitSha, manifestSha: commit.manifest_sha, revision: at.revision });
  expect(await prove({ prefix: fakePath('docs') })).toEqual({ kind: 'proven' });
});
