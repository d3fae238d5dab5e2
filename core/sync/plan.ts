// The three-way plan of one path: what the workspace last shared with the project (base), what lies on disk now (local)
// and what `current` says (remote) decide what happens. Pure, so that every case can be listed in a table.
import type { PathOp, Seen } from '../commit/path-op.ts';
import { type Entry, type FileEntry, isFile, sameEntry } from '../model/entry.ts';
import type { RelPath } from '../model/rel-path.ts';

/** What a path holds in one of the three; undefined: nothing. */
export type Version = Entry | undefined;

export type LocalView =
  /** still what base says, which may be nothing */
  | { readonly kind: 'same' }
  /** an edit that has been read whole; undefined: it was deleted */
  | { readonly kind: 'changed'; readonly now: Version }
  /** being written, unreadable, or of a kind that is not carried: nobody knows what a reader would find */
  | { readonly kind: 'unknown' };

export type Step =
  | { readonly kind: 'nothing' }
  /** disk and project agree; only the base has to learn it */
  | { readonly kind: 'record'; readonly entry: Version }
  /** the same bytes came from both sides, with another mode or time: the project's are taken */
  | { readonly kind: 'adopt'; readonly entry: FileEntry }
  /** the local edit goes into the project; `conflict`: over a change of the same bytes that this node had not seen */
  | { readonly kind: 'commit'; readonly op: PathOp; readonly conflict: boolean }
  /** the local edit is a mere touch beside a remote change: `now` becomes the base, and then the remote version applies */
  | { readonly kind: 'yield' }
  /** the project's version goes to disk, in place of `base` and of nothing else (I8) */
  | { readonly kind: 'apply'; readonly entry: Version }
  /** the project moved on while the local side is unknown: neither side is touched */
  | { readonly kind: 'wait' };

/** I8: `apply` is only ever planned for a path whose disk still holds `base`.
 *  Where both sides changed, the local edit is committed over the remote one: it is the later writer, and what it
 *  replaces stays in history. Without a base nobody knows whether a file is an edit at all: its commit compares when the two
 *  were written, and the earlier one stays in history. */
export function planPath(path: RelPath, base: Version, local: LocalView, remote: Version): Step {
  const remoteMoved = !sameVersion(base, remote);
  if (local.kind === 'unknown') return remoteMoved ? { kind: 'wait' } : { kind: 'nothing' };
  if (local.kind === 'same') return remoteMoved ? { kind: 'apply', entry: remote } : { kind: 'nothing' };

  const { now } = local;
  if (sameVersion(now, remote)) return { kind: 'record', entry: remote };
  // A touch that changed nothing, or a file that came and went between two looks.
  if (sameVersion(now, base)) return { kind: 'apply', entry: remote };
  if (!base && now && remote && isFile(now) && isFile(remote) && now.sha === remote.sha) {
    return { kind: 'adopt', entry: remote };
  }
  // An empty directory holds nothing that could be lost: neither it nor its removal ever wins over a file.
  const here = now ?? base;
  if (remoteMoved && here && !isFile(here) && remote && isFile(remote)) return { kind: 'yield' };
  if (base && now && remote && isFile(base) && isFile(now) && isFile(remote)) return mergeFiles(base, now, remote);
  const op = opOf(path, now, seenIn(base));
  const isFirstMet = !base && op.kind === 'put';
  return { kind: 'commit', op: isFirstMet ? { ...op, unseen: 'later-wins' } : op, conflict: remoteMoved };
}

/** A file's bytes (with their time) and its mode are two things: a chmod here and an edit there both survive. */
function mergeFiles(base: FileEntry, now: FileEntry, remote: FileEntry): Step {
  const editedHere = now.sha !== base.sha;
  const editedThere = remote.sha !== base.sha;
  const touchedHere = now.mtime !== base.mtime;
  const bytesFrom = editedHere || (touchedHere && !editedThere) ? now : remote;
  const mode = now.mode !== base.mode ? now.mode : remote.mode;
  const merged = { ...bytesFrom, mode };
  if (sameEntry(merged, remote)) return { kind: 'yield' };
  const seen = editedHere ? base.sha : remote.sha;
  return { kind: 'commit', op: opOf(now.path, merged, seen), conflict: editedHere && editedThere };
}

function opOf(path: RelPath, now: Version, seen: Seen): PathOp {
  return now ? { kind: 'put', entry: now, seen } : { kind: 'delete', path, seen };
}

export function seenIn(version: Version): Seen {
  if (!version) return 'absent';
  return isFile(version) ? version.sha : 'dir';
}

export function sameVersion(a: Version, b: Version): boolean {
  if (!a || !b) return a === b;
  return sameEntry(a, b);
}

/** The order in which one commit applies its ops. Deletes first: `resolveOps` removes all below a deleted path, and a
 *  path that turned from a file into a directory must lose the file before it gets its first child. What may give way comes
 *  last: it meets a directory that an edit of the same batch puts in a file's place. */
export function orderOps(ops: readonly PathOp[]): PathOp[] {
  const mayGiveWay = (op: PathOp): boolean => op.kind === 'put' && op.unseen !== undefined;
  return [
    ...ops.filter((op) => op.kind === 'delete'),
    ...ops.filter((op) => op.kind !== 'delete' && !mayGiveWay(op)),
    ...ops.filter(mayGiveWay),
  ];
}
