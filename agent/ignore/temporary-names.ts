// Names that programs give to files of a moment: never carried, unless a `.fsignore` takes them back with `!`. The list is
// short on purpose: each name is one that nobody gives to a file that is to be kept. What may be somebody's data (backups
// such as `notes~`, `*.tmp`) is carried, and a line in `.fsignore` leaves it out.

const TEMPORARY: readonly RegExp[] = [
  // Vim's swap files, and the probe for the longest of their names: `.notes.md.swp`, `.swp`.
  /^\.(.+\.)?sw[nopx]$/,
  // Emacs: locks (symbolic links that lead nowhere) and automatic saves.
  /^\.#/,
  /^#.+#$/,
  // JetBrains: a save writes beside the file, then swaps the two.
  /___jb_(tmp|old)___$/,
  // Microsoft Office and LibreOffice: who has the document open.
  /^~\$/,
  /^\.~lock\..+#$/,
  // GLib's safe save, which most programs of GNOME use.
  /^\.goutputstream-[A-Z0-9]{6}$/,
  // Kate and KWrite.
  /^\..+\.kate-swp$/,
  // How the Finder of macOS shows a directory: each machine writes its own, again and again.
  /^\.DS_Store$/,
  // Files that were deleted while open, as NFS clients and FUSE keep them until they are closed.
  /^\.nfs[0-9a-f]{16,}$/,
  /^\.fuse_hidden[0-9a-f]{16,}$/,
  // Syncthing's staging, where both are in use while one takes over from the other.
  /^(\.syncthing\.|~syncthing~).+\.tmp$/,
];

/** Raised with each change of the list: what a workspace follows is then judged anew. */
export const TEMPORARY_NAMES_VERSION = 2;

export function isTemporaryName(name: string): boolean {
  // Nearly all names end here, so that a scan of 100,000 files does not notice the list.
  const first = name.charCodeAt(0);
  if (first !== DOT && first !== HASH && first !== TILDE && !name.endsWith('___')) return false;
  return TEMPORARY.some((pattern) => pattern.test(name));
}

const HASH = '#'.charCodeAt(0);
const DOT = '.'.charCodeAt(0);
const TILDE = '~'.charCodeAt(0);

/** A new file of such a name is most likely gone in a moment, but may be somebody's data: it is taken a little later.
 *  Vim keeps the old version as `name~` while it saves, and tries with `4913` whether it may write to a directory. */
export const isBriefName = (name: string): boolean => name.endsWith('~') || name.endsWith('.tmp') || name === '4913';
