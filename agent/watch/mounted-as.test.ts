import { expect, test } from 'vitest';
import { fileSystemAt, isNetworkFileSystem } from './mounted-as.ts';

const MOUNTS = `22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw
30 22 0:26 / /srv rw,relatime shared:2 - btrfs /dev/sdb rw
31 30 0:50 / /srv/share rw,relatime shared:3 - nfs4 nas:/export rw,vers=4.2
32 30 0:51 / /srv/with\\040space rw - fuse.sshfs me@host:/ rw
33 30 0:52 /sub /srv/bound rw master:4 propagate_from:2 - ext4 /dev/sdc rw
34 30 0:53 / /srv/twice rw - cifs //nas/a rw
35 34 0:54 / /srv/twice rw - tmpfs tmpfs rw
`;

test.each([
  ['/', 'ext4'],
  ['/home/x', 'ext4'],
  ['/srv', 'btrfs'],
  ['/srv/share', 'nfs4'],
  ['/srv/share/a/b', 'nfs4'],
  ['/srv/shared', 'btrfs'],
  ['/srv/with space/x', 'fuse.sshfs'],
  ['/srv/bound', 'ext4'],
  ['/srv/twice/x', 'tmpfs'],
])('%s is on %s', (path, type) => {
  expect(fileSystemAt(MOUNTS, path)).toBe(type);
});

test('a list that says nothing is no answer', () => {
  expect(fileSystemAt('', '/srv')).toBe(undefined);
  expect(fileSystemAt('garbage\n- - -\n', '/srv')).toBe(undefined);
});

test('of what other machines write inotify hears nothing', () => {
  expect(['nfs', 'nfs4', 'cifs', 'smb3', '9p', 'fuse.sshfs', 'ceph'].every(isNetworkFileSystem)).toBe(true);
  expect(['ext4', 'xfs', 'btrfs', 'tmpfs', 'overlay', 'fuse.mergerfs', 'zfs'].some(isNetworkFileSystem)).toBe(false);
});
