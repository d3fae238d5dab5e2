import { expect, test } from 'vitest';
import { systemClock } from '../../core/model/clock.ts';
import { fakeSha } from '../../core/model/ids.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { seededRandom } from '../../core/testing/seeded-random.ts';
import type { Disk } from '../disk/disk.ts';
import { fingerprintOf } from '../disk/fingerprint.ts';
import { MemoryDisk } from '../disk/memory-disk.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { openState } from '../state/open-state.ts';
import { movedFrom } from './moves.ts';

/** A file with a row. */
function open(...names: readonly string[]) {
  const machine = new MemoryDisk({ clock: systemClock, random: seededRandom(1) });
  const { disk } = machine.start();
  const { state } = openState(nodeDisk, ':memory:');
  machine.writeFile('/one', Buffer.from('content'));
  for (const name of names) if (name !== 'one') disk.link('/one', `/${name}`);
  for (const name of names) {
    const entry = { path: fakePath(name), sha: fakeSha('content'), size: 7, mode: 0o644, mtime: 1 };
    state.rows.put(entry, fingerprintOf(statOf(disk, name)));
  }
  const found = (name: string) => movedFrom({ disk, root: '', state }, fakePath(name), statOf(disk, name))?.entry.path;
  return { disk, found };
}

function statOf(disk: Disk, name: string) {
  const stat = disk.lstat(`/${name}`);
  if (!stat) throw new Error(`there is no ${name}`);
  return stat;
}

test('a file that is found under a new name, and under the old one no more, moved', () => {
  const { disk, found } = open('one');
  disk.rename('/one', '/two');
  expect(found('two')).toBe('one');
});

test('I9: of two names of a file one that is removed is gone: it did not become the other', () => {
  const { disk, found } = open('one', 'two');
  disk.unlink('/one');
  expect(found('two')).toBeUndefined();
});
