import { expect, test } from 'vitest';
import { DirSync } from './dir-sync.ts';

test('a directory that could not be synced is synced by the next flush, with all that are above it', async () => {
  const synced: string[] = [];
  let isBroken = true;
  const disk = {
    syncDirectory: (path: string) => {
      if (isBroken && path === '/w/a') return Promise.reject(new Error('EMFILE'));
      synced.push(path);
      return Promise.resolve();
    },
  };
  const syncs = new DirSync(disk, '/w');
  syncs.add('/w/a/b');
  syncs.add('/w/c');
  await expect(syncs.flush()).rejects.toThrow('EMFILE');
  syncs.add('/w/d');
  isBroken = false;
  synced.length = 0;
  await syncs.flush();
  expect(new Set(synced)).toEqual(new Set(['/w', '/w/a', '/w/a/b', '/w/c', '/w/d']));
  synced.length = 0;
  await syncs.flush();
  expect(synced).toEqual([]);
});
