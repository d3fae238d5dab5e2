import { expect, test } from 'vitest';
import type { Entry } from '../../core/model/entry.ts';
import { fakeSha } from '../../core/model/ids.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { openState } from './open-state.ts';

const file = (path: string): Entry => ({ path: fakePath(path), sha: fakeSha(path), size: 1, mode: 0o644, mtime: 1 });
const dir = (path: string): Entry => ({ path: fakePath(path), dir: true, mode: 0o755 });

test('I9: a directory that came for the last file in it is behind after a power loss, and so is that file’s end', () => {
  const { state } = openState(nodeDisk, ':memory:');
  state.rows.put(file('d/x'), 'print');
  const was = state.rows.at(fakePath('d/x'));
  // First what is new, then what is gone.
  state.landings.add(fakePath('d'), undefined);
  state.rows.put(dir('d'), '');
  state.landings.add(fakePath('d/x'), was);
  state.rows.drop(fakePath('d/x'));
  expect(state.landings.takeBack(state, 1, false)).toBe(2);
  expect(state.behind.at(fakePath('d'))?.entry).toEqual(dir('d'));
  expect(state.behind.at(fakePath('d/x'))).toMatchObject({ entry: undefined });
  expect(state.rows.at(fakePath('d/x'))).toEqual(was);
  expect(state.rows.at(fakePath('d'))).toBeUndefined();
  expect(state.landings.newest).toBeUndefined();
  state.close();
});

test('of several landings at one path, the row from before the first comes back and what the last brought is behind', () => {
  const { state } = openState(nodeDisk, ':memory:');
  state.landings.add(fakePath('a'), undefined);
  state.landings.add(fakePath('a'), { entry: dir('a'), fingerprint: '' });
  state.rows.put(file('a'), 'print');
  state.landings.takeBack(state, 1, false);
  expect(state.rows.at(fakePath('a'))).toBeUndefined();
  expect(state.behind.at(fakePath('a'))?.entry).toEqual(file('a'));
  state.close();
});

test('a row that comes back and cannot be beside another one leaves that one behind, not forgotten', () => {
  const { state } = openState(nodeDisk, ':memory:');
  state.landings.add(fakePath('d/x'), { entry: file('d/x'), fingerprint: 'print' });
  state.rows.put({ ...file('d/x'), mtime: 2 }, '');
  // A file of this node, in the place of the directory.
  state.rows.put(file('d'), '');
  state.landings.takeBack(state, 1, false);
  expect(state.rows.at(fakePath('d/x'))?.entry).toEqual(file('d/x'));
  expect(state.behind.at(fakePath('d'))?.entry).toEqual(file('d'));
  expect(state.behind.at(fakePath('d/x'))).toMatchObject({ entry: undefined });
  state.close();
});

test('I9: a file that went and came again before the device had either is behind, and nobody’s deletion, after a power loss', () => {
  const { state } = openState(nodeDisk, ':memory:');
  state.rows.put(file('a'), 'first');
  state.landings.add(fakePath('a'), state.rows.at(fakePath('a')));
  state.rows.drop(fakePath('a'));
  state.landings.add(fakePath('a'), undefined);
  state.rows.put(file('a'), 'second');
  state.landings.takeBack(state, 1, false);
  expect(state.rows.at(fakePath('a'))).toBeUndefined();
  expect(state.behind.at(fakePath('a'))?.entry).toEqual(file('a'));
  state.close();
});

test('what came and went before the device had either is not noted: nothing is to come', () => {
  const { state } = openState(nodeDisk, ':memory:');
  state.landings.add(fakePath('a'), undefined);
  state.rows.put(file('a'), 'print');
  state.landings.add(fakePath('a'), state.rows.at(fakePath('a')));
  state.rows.drop(fakePath('a'));
  state.landings.takeBack(state, 1, false);
  expect(state.rows.at(fakePath('a'))).toBeUndefined();
  expect(state.behind.at(fakePath('a'))).toBeUndefined();
  state.close();
});

test('I9: where all is compared anew, what was placed before is nobody’s deletion after a power loss, until the device has it', () => {
  const { state } = openState(nodeDisk, ':memory:');
  state.landings.add(fakePath('a'), { entry: { ...file('a'), mtime: 0 }, fingerprint: 'old' });
  state.rows.put(file('a'), 'print');
  state.forget();
  expect(state.landings.paths()).toEqual(['a']);
  // Found on disk, and committed as it lies there.
  state.rows.put(file('a'), 'print');
  expect(state.landings.takeBack(state, 1, false)).toBe(1);
  expect(state.rows.at(fakePath('a'))).toBeUndefined();
  expect(state.behind.at(fakePath('a'))?.entry).toEqual(file('a'));
  state.close();
});
