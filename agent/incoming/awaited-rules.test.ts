// Rules that cannot come yet: what they may name stays on disk, whatever the project says of it meanwhile. No way leads from
// a rule to a deletion.
import { afterEach, expect, test } from 'vitest';
import { shaOf } from '../../core/model/ids.ts';
import { FakeWorkspace } from './workspace.fakes.ts';

let w: FakeWorkspace;
afterEach(() => w.close());

const BUILD = 'build/\n';
const HERE = { 'build/x': 'made here', 'build/deep/y': 'too', doc: 'd' };

/** A node that was away while rules came into the project, and what they name went off it; hot has lost the rules' bytes. */
async function backLater(rules: string, then: Readonly<Record<string, string | undefined>>): Promise<void> {
  w = await FakeWorkspace.open();
  await w.commit(HERE);
  await w.inSync();
  await w.close();
  await w.commit({ '.fsignore': rules });
  await w.commit(then);
  await w.io.objects.delete(shaOf(rules));
  w = w.begunAgain();
  await w.until(({ state, base }) => state === 'held' && base === w.head);
}

const bringRules = (rules: string) => w.io.objects.put(shaOf(rules), rules.length, Buffer.from(rules));

const TAKEN_OFF = { 'build/x': undefined, 'build/deep/y': undefined };

test('what was taken off the project stays where the rules come late, and for good once they name it', async () => {
  await backLater(BUILD, TAKEN_OFF);
  expect(w.tree()).toEqual(HERE);
  expect(w.status.problems.map(({ path, code }) => [path, code])).toEqual([
    ['.fsignore', 'object-missing'],
    ['build/deep/y', 'write-failed'],
    ['build/x', 'write-failed'],
  ]);
  await bringRules(BUILD);
  await w.inSync();
  expect(w.tree()).toEqual({ ...HERE, '.fsignore': BUILD });
  expect(w.status.problems).toEqual([]);
});

test('what the rules do not name goes as soon as they are here', async () => {
  await backLater('other/\n', TAKEN_OFF);
  expect(w.tree()).toEqual(HERE);
  await bringRules('other/\n');
  await w.inSync();
  expect(w.tree()).toEqual({ '.fsignore': 'other/\n', doc: 'd' });
});

test('a file that moved out of what the rules may name is copied, and stays where it was too', async () => {
  await backLater(BUILD, { 'build/x': undefined, 'out/x': 'made here' });
  expect(w.tree()).toEqual({ ...HERE, 'out/x': 'made here' });
});

test('rules that come in the place of a directory do not wait for what was in it', async () => {
  w = await FakeWorkspace.open();
  await w.commit({ '.fsignore/x': 'a directory', doc: 'd' });
  await w.inSync();
  await w.commit({ '.fsignore/x': undefined, '.fsignore': BUILD });
  await w.inSync();
  expect(w.tree()).toEqual({ '.fsignore': BUILD, doc: 'd' });
});
