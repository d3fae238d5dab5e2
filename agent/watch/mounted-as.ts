// Which file system a directory is on, by the kernel's list of mounts, and whether other machines may write to it: of what
// they write inotify hears nothing.

/** Types as `mountinfo` has them. A `fuse.` type that is not listed is local, as most are (mergerfs, bindfs, ntfs-3g). */
const NETWORK: ReadonlySet<string> = new Set([
  ...['nfs', 'nfs4', 'cifs', 'smb3', 'smbfs', 'ncpfs', 'afs', 'coda', '9p', 'virtiofs', 'vboxsf', 'vmhgfs', 'prl_fs'],
  ...['ceph', 'glusterfs', 'lustre', 'gpfs', 'beegfs', 'orangefs', 'pvfs2', 'ocfs2', 'gfs2'],
  ...[
    'sshfs',
    'glusterfs',
    'ceph',
    'ceph-fuse',
    's3fs',
    'gcsfuse',
    'goofys',
    'rclone',
    'juicefs',
    'davfs',
    'davfs2',
  ].map((name) => `fuse.${name}`),
  ...['curlftpfs', 'vmhgfs-fuse', 'mount-s3', 'blobfuse2', 'seaweedfs'].map((name) => `fuse.${name}`),
]);

export const isNetworkFileSystem = (type: string): boolean => NETWORK.has(type);

/** @param mountinfo  the text of `/proc/self/mountinfo`
 *  @param path  absolute, without links
 *  @returns the type, with the kind of a FUSE after a dot; undefined when the list does not say */
export function fileSystemAt(mountinfo: string, path: string): string | undefined {
  let found: { readonly at: string; readonly type: string } | undefined;
  for (const line of mountinfo.split('\n')) {
    const at = line.split(' ')[4];
    const type = line.split(' - ')[1]?.split(' ')[0];
    if (at === undefined || type === undefined) continue;
    const point = plain(at);
    const holds = point === '/' || path === point || path.startsWith(`${point}/`);
    // A later mount on the same place covers the earlier one.
    if (holds && point.length >= (found?.at.length ?? 0)) found = { at: point, type };
  }
  return found?.type;
}

/** Spaces, tabs, line ends and backslashes are written as three octal digits. */
const plain = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
