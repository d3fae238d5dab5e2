// What a workspace remembers between starts: per path the base entry with the fingerprint of the file that held it, and
// the remote versions that are still to come to disk. It may be lost at any time: then all files are read again, no
// deletion is inferred from what is missing, and history tells old versions from edits (`core/sync/stale.ts`).
//
// `synchronous = NORMAL`: a power loss may take the last records back, never tear the file. Records that went back look
// like a crash between rename and record, which the agent has to survive anyway; FULL would buy nothing and cost an
// fsync a batch. A checkpoint when the workspace comes to rest bounds how far back that is.
import Database from 'better-sqlite3';
import { assert } from '../../core/model/assert.ts';
import { type Entry, entrySchema, isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import { ancestorsOf, baseName, type RelPath } from '../../core/model/rel-path.ts';
import type { Version } from '../../core/sync/plan.ts';
import type { Disk, DiskDatabase } from '../disk/disk.ts';
import { type Fingerprint, inodeOf } from '../disk/fingerprint.ts';
import { LEFT_OUT_SCHEMA, LeftOut } from '../ignore/left-out.ts';
import { Landings } from './landings.ts';

const SCHEMA_VERSION = 3;

const SCHEMA = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  -- base entries, clustered by directory: a scan reads one directory's rows in one range
  CREATE TABLE files (
    dir TEXT NOT NULL, name TEXT NOT NULL,
    sha TEXT, size INTEGER NOT NULL, mode INTEGER NOT NULL, mtime INTEGER NOT NULL,
    fingerprint TEXT NOT NULL, ino INTEGER NOT NULL,
    PRIMARY KEY (dir, name)
  ) WITHOUT ROWID;
  -- a file that was renamed is known again by its inode, and bytes that are here already by their sha
  CREATE INDEX files_ino ON files (ino);
  CREATE INDEX files_sha ON files (sha);
  -- paths where the project is ahead of base; entry is NULL for a deletion
  CREATE TABLE behind (
    path TEXT PRIMARY KEY, gone INTEGER NOT NULL, entry TEXT, revision INTEGER NOT NULL, since INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX behind_order ON behind (gone, path);
  -- what the commit under way puts: known as this node's own when a crash comes before it is recorded
  CREATE TABLE intents (path TEXT PRIMARY KEY, entry TEXT NOT NULL, fingerprint TEXT NOT NULL) WITHOUT ROWID;
`;

/** Came after the version that it belongs to: a file that has none gets it when it is opened. */
const BEHIND_BY_REVISION = 'CREATE INDEX IF NOT EXISTS behind_by_revision ON behind (revision);';

/** A base entry and the fingerprint of the file on disk that held it. */
export interface Row {
  readonly entry: Entry;
  readonly fingerprint: Fingerprint;
}

/** In place of the revision of a remote version that a person asked for, such as a file that was deleted here by accident. */
export const ASKED_FOR = 0;

/** A remote version that is not on disk yet. */
export interface Behind {
  readonly path: RelPath;
  readonly entry: Version;
  /** KV revision of the `current` that said so, or ASKED_FOR */
  readonly revision: number;
  /** milliseconds since 1970 */
  readonly since: number;
}

/** The `current` whose differences to the rows are all in `behind`. */
export interface Base {
  readonly commitSha: Sha;
  readonly manifestSha: Sha;
  readonly revision: number;
}

interface FileRecord {
  dir: string;
  name: string;
  sha: string | null;
  size: number;
  mode: number;
  mtime: number;
  fingerprint: string;
}

/** Bytes that a remote version brings: those of directories and deletions are none. */
const SIZE = "coalesce(json_extract(entry, '$.size'), 0)";
const RETURNING_SIZE = `RETURNING ${SIZE} AS size`;

interface Sized {
  size: number;
}

interface BehindRecord {
  path: string;
  entry: string | null;
  revision: number;
  since: number;
}

export type OpenedState = {
  readonly state: WorkspaceState;
  /** true when a file was there and could not be used; it was replaced by an empty one */
  readonly replaced: boolean;
};

/** @throws SqliteError  there is no room, or no permission */
export function openState(disk: Disk, file: string): OpenedState {
  try {
    return { state: new WorkspaceState(openDatabase(disk, file)), replaced: false };
  } catch (error) {
    if (!isDamage(error)) throw error;
    disk.removeDatabase(file);
    return { state: new WorkspaceState(openDatabase(disk, file)), replaced: true };
  }
}

/** The file is no state of this version: lost, which is allowed. Anything else (no space, no permission) is not. */
const isDamage = (error: unknown): boolean =>
  error instanceof Database.SqliteError && ['SQLITE_CORRUPT', 'SQLITE_NOTADB'].includes(error.code);

function openDatabase(disk: Disk, file: string): DiskDatabase {
  const opened = disk.openDatabase(file);
  const { db } = opened;
  try {
    // Nobody else opens it: without a lock to take for each question, one costs half as much (measured).
    db.pragma('locking_mode = EXCLUSIVE');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    db.pragma('cache_size = -16000');
    // Checkpoints are ours: what they make durable has to be on disk in the workspace before.
    db.pragma('wal_autocheckpoint = 0');
    const version = db.pragma('user_version', { simple: true });
    if (version === SCHEMA_VERSION || version === 0) db.exec(LEFT_OUT_SCHEMA);
    if (version === SCHEMA_VERSION) return opened;
    if (version !== 0) throw new Database.SqliteError(`schema version ${String(version)}`, 'SQLITE_NOTADB');
    db.transaction(() => {
      db.exec(SCHEMA);
      db.pragma(`user_version = ${SCHEMA_VERSION}`);
    })();
    return opened;
  } catch (error) {
    opened.close();
    throw error;
  }
}

export class WorkspaceState {
  readonly #opened: DiskDatabase;
  readonly #db: Database.Database;
  /** what the project has at ignored paths */
  readonly leftOut: LeftOut;
  /** what is not on the device for sure yet */
  readonly landings: Landings;
  readonly #sql;
  #files = 0;
  #bytes = 0;
  #behind = 0;
  #behindBytes = 0;
  #settled = 0;
  #settledBytes = 0;
  #base: Base | undefined;
  #checkpointed = 0;
  /** a directory that has no row above or at itself; '' is one always */
  #roomIn = '';
  #oldest: { at: number | undefined; askedAt: number } = { at: undefined, askedAt: 0 };

  constructor(opened: DiskDatabase) {
    const { db } = opened;
    this.#opened = opened;
    this.#db = db;
    db.exec(BEHIND_BY_REVISION);
    this.leftOut = new LeftOut(db);
    this.landings = new Landings(db);
    this.#sql = {
      row: db.prepare<[string, string], FileRecord>('SELECT * FROM files WHERE dir = ? AND name = ?'),
      rowsIn: db.prepare<[string], FileRecord>('SELECT * FROM files WHERE dir = ?'),
      // '0' follows '/' in byte order, so that the range is the directory itself and all that is below it.
      rowsUnder: db.prepare<[string, string, string], FileRecord>(
        "SELECT * FROM files WHERE dir = ? OR (dir > ? || '/' AND dir < ? || '0')",
      ),
      anyUnder: db.prepare<[string, string, string], { dir: string }>(
        "SELECT dir FROM files WHERE dir = ? OR (dir > ? || '/' AND dir < ? || '0') LIMIT 1",
      ),
      nextDir: db.prepare<[string], { dir: string }>('SELECT dir FROM files WHERE dir > ? ORDER BY dir LIMIT 1'),
      rowsOfInode: db.prepare<[bigint], FileRecord>('SELECT * FROM files WHERE ino = ? AND sha IS NOT NULL LIMIT 16'),
      rowsOfSha: db.prepare<[string], FileRecord>('SELECT * FROM files WHERE sha = ? LIMIT 16'),
      putRow: db.prepare<[string, string, string | null, number, number, number, string, bigint]>(
        `INSERT INTO files (dir, name, sha, size, mode, mtime, fingerprint, ino) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (dir, name) DO UPDATE SET
           sha = excluded.sha, size = excluded.size, mode = excluded.mode, mtime = excluded.mtime,
           fingerprint = excluded.fingerprint, ino = excluded.ino`,
      ),
      dropRow: db.prepare<[string, string]>('DELETE FROM files WHERE dir = ? AND name = ?'),
      addBehind: db.prepare<[string, number, string | null, number, number]>(
        'INSERT OR IGNORE INTO behind (path, gone, entry, revision, since) VALUES (?, ?, ?, ?, ?)',
      ),
      updateBehind: db.prepare<[number, string | null, number, string]>(
        'UPDATE behind SET gone = ?, entry = ?, revision = ? WHERE path = ?',
      ),
      dropBehind: db.prepare<[string], Sized>(`DELETE FROM behind WHERE path = ? ${RETURNING_SIZE}`),
      putBelow: db.prepare<[string, string], { path: string }>(
        "SELECT path FROM behind WHERE gone = 0 AND path > ? || '/' AND path < ? || '0' LIMIT 1",
      ),
      dropBehindBelow: db.prepare<[string, string, number], Sized>(
        `DELETE FROM behind WHERE path > ? || '/' AND path < ? || '0' AND revision <= ? ${RETURNING_SIZE}`,
      ),
      dropBehindAt: db.prepare<[string, number], Sized>(
        `DELETE FROM behind WHERE path = ? AND revision <= ? ${RETURNING_SIZE}`,
      ),
      behindSize: db.prepare<[string], Sized>(`SELECT ${SIZE} AS size FROM behind WHERE path = ?`),
      behindUpTo: db.prepare<[number], { path: string }>('SELECT path FROM behind WHERE revision <= ? LIMIT 1'),
      behindAt: db.prepare<[string], BehindRecord>('SELECT * FROM behind WHERE path = ?'),
      nextPuts: db.prepare<[string, number], BehindRecord>(
        'SELECT * FROM behind WHERE gone = 0 AND path > ? ORDER BY path LIMIT ?',
      ),
      nextDeletes: db.prepare<[string, number], BehindRecord>(
        'SELECT * FROM behind WHERE gone = 1 AND path < ? ORDER BY path DESC LIMIT ?',
      ),
      putIntent: db.prepare<[string, string, string]>(
        'INSERT OR REPLACE INTO intents (path, entry, fingerprint) VALUES (?, ?, ?)',
      ),
      intentAt: db.prepare<[string], { entry: string; fingerprint: string }>(
        'SELECT entry, fingerprint FROM intents WHERE path = ?',
      ),
      dropIntents: db.prepare<[]>('DELETE FROM intents'),
      lastDelete: db.prepare<[], { path: string }>('SELECT path FROM behind WHERE gone = 1 ORDER BY path DESC LIMIT 1'),
      oldest: db.prepare<[], { since: number | null }>('SELECT min(since) AS since FROM behind'),
      changes: db.prepare<[], { n: number }>('SELECT total_changes() AS n'),
      meta: db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?'),
      dropMeta: db.prepare<[string]>('DELETE FROM meta WHERE key = ?'),
      setMeta: db.prepare<[string, string]>(
        'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      ),
    };
    const totals = db
      .prepare<[], { files: number; bytes: number }>(
        'SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes FROM files WHERE sha IS NOT NULL',
      )
      .get();
    this.#files = totals?.files ?? 0;
    this.#bytes = totals?.bytes ?? 0;
    const behind = db
      .prepare<[], { n: number; bytes: number }>(`SELECT count(*) AS n, coalesce(sum(${SIZE}), 0) AS bytes FROM behind`)
      .get();
    this.#behind = behind?.n ?? 0;
    this.#behindBytes = behind?.bytes ?? 0;
    const base = this.meta('base');
    this.#base = base === undefined ? undefined : (JSON.parse(base) as Base);
  }

  /** All or nothing, and one write to disk. Nothing in it may await. */
  transaction<T>(work: () => T): T {
    if (this.#db.inTransaction) return work();
    const [files, bytes, behind, base] = [this.#files, this.#bytes, this.#behind, this.#base];
    const [behindBytes, settled, settledBytes] = [this.#behindBytes, this.#settled, this.#settledBytes];
    try {
      return this.#db.transaction(work)();
    } catch (error) {
      [this.#files, this.#bytes, this.#behind, this.#base] = [files, bytes, behind, base];
      [this.#behindBytes, this.#settled, this.#settledBytes] = [behindBytes, settled, settledBytes];
      this.#roomIn = '';
      throw error;
    }
  }

  get base(): Base | undefined {
    return this.#base;
  }

  /** @param base  what every earlier base and every own commit that is in the rows led to */
  setBase(base: Base): void {
    this.transaction(() => {
      this.#sql.setMeta.run('base', JSON.stringify(base));
      this.#sql.dropMeta.run('ahead');
      this.#sql.dropMeta.run('begun');
    });
    this.#base = base;
  }

  /** This node's newest commit, where it is in the rows and the base does not go on from it: the differences that others
   *  made in between are not noted yet. */
  get ahead(): Base | undefined {
    const json = this.meta('ahead');
    return json === undefined ? undefined : (JSON.parse(json) as Base);
  }

  setAhead(commit: Base): void {
    this.setMeta('ahead', JSON.stringify(commit));
  }

  /** The commit whose differences are being noted: some of them may be in the rows, and on disk. */
  get begun(): Base | undefined {
    const json = this.meta('begun');
    return json === undefined ? undefined : (JSON.parse(json) as Base);
  }

  setBegun(commit: Base): void {
    this.setMeta('begun', JSON.stringify(commit));
  }

  /** As if the file had been lost. */
  forget(): void {
    this.transaction(() =>
      this.#db.exec(
        "DELETE FROM files; DELETE FROM behind; DELETE FROM intents; DELETE FROM landings; DELETE FROM left_out; DELETE FROM meta WHERE key IN ('base', 'settled', 'ahead', 'begun')",
      ),
    );
    this.#base = undefined;
    this.#files = 0;
    this.#bytes = 0;
    this.#behind = 0;
    this.#behindBytes = 0;
    this.#roomIn = '';
  }

  /** files of the base and their bytes */
  get totals(): { readonly files: number; readonly bytes: number } {
    return { files: this.#files, bytes: this.#bytes };
  }

  row(path: RelPath): Row | undefined {
    const record = this.#sql.row.get(dirOf(path), baseName(path));
    return record && rowOf(record);
  }

  /** The rows directly in a directory, by name. */
  rowsIn(dir: RelPath | ''): Map<string, Row> {
    const rows = new Map<string, Row>();
    for (const record of this.#sql.rowsIn.iterate(dir)) rows.set(record.name, rowOf(record));
    return rows;
  }

  /** The rows below a directory, not its own. Read whole, so that the caller may change rows meanwhile. */
  rowsUnder(dir: RelPath): Row[] {
    return this.#sql.rowsUnder.all(dir, dir, dir).map(rowOf);
  }

  /** Files whose last fingerprint has this inode; some, if there are many. */
  rowsOfInode(ino: bigint): Row[] {
    return this.#sql.rowsOfInode.all(BigInt.asIntN(64, ino)).map(rowOf);
  }

  /** Files whose base holds these bytes; some, if there are many. */
  rowsOfSha(sha: Sha): Row[] {
    return this.#sql.rowsOfSha.all(sha).map(rowOf);
  }

  hasRowsUnder(dir: RelPath): boolean {
    return this.#sql.anyUnder.get(dir, dir, dir) !== undefined;
  }

  /** Directories at or below `under` that hold rows. */
  *dirsWithRows(under: RelPath | ''): Generator<RelPath | ''> {
    if (this.#sql.rowsIn.get(under)) yield under;
    for (let at: string = under === '' ? '' : `${under}/`; ; ) {
      const next = this.#sql.nextDir.get(at);
      if (!next || !(under === '' || next.dir.startsWith(`${under}/`))) return;
      at = next.dir;
      yield at as RelPath;
    }
  }

  /** Sets the base of a path. What cannot exist beside it goes: a file's descendants, and the entries of its parents. */
  putRow(entry: Entry, fingerprint: Fingerprint): void {
    const dir = dirOf(entry.path);
    const old = this.row(entry.path);
    if (old) this.#count(old.entry, -1);
    else this.#makeRoom(entry, dir);
    const ino = inodeOf(fingerprint);
    if (isFile(entry)) {
      this.#sql.putRow.run(dir, baseName(entry.path), entry.sha, entry.size, entry.mode, entry.mtime, fingerprint, ino);
    } else this.#sql.putRow.run(dir, baseName(entry.path), null, 0, entry.mode, 0, fingerprint, ino);
    this.#count(entry, 1);
  }

  #makeRoom(entry: Entry, dir: string): void {
    const { path } = entry;
    // Many files come into one directory: its parents are asked about once.
    if (dir !== this.#roomIn) for (const parent of ancestorsOf(path)) this.dropRow(parent);
    this.#roomIn = dir;
    if (isFile(entry) && this.hasRowsUnder(path)) {
      for (const row of this.rowsUnder(path)) this.dropRow(row.entry.path);
    }
    if (this.#roomIn === path || this.#roomIn.startsWith(`${path}/`)) this.#roomIn = '';
  }

  /** Something is in these directories for sure: none of them has an entry of its own. */
  dropRowsAbove(paths: Iterable<RelPath>): void {
    const known = new Set<RelPath>();
    for (const path of paths) {
      for (const dir of ancestorsOf(path)) {
        if (!known.has(dir)) this.dropRow(dir);
        known.add(dir);
      }
    }
  }

  dropRow(path: RelPath): void {
    const old = this.row(path);
    if (!old) return;
    this.#sql.dropRow.run(dirOf(path), baseName(path));
    this.#count(old.entry, -1);
  }

  get behindCount(): number {
    return this.#behind;
  }

  /** what those paths bring */
  get behindBytes(): number {
    return this.#behindBytes;
  }

  /** What was behind since the state was opened, and is not any more: it came to disk, or was answered. */
  get settled(): { readonly files: number; readonly bytes: number } {
    return { files: this.#settled, bytes: this.#settledBytes };
  }

  /** Whether anything that `current` said up to a revision is still to come to disk. */
  isBehindUpTo(revision: number): boolean {
    return this.#behind > 0 && this.#sql.behindUpTo.get(revision) !== undefined;
  }

  behindAt(path: RelPath): Behind | undefined {
    const record = this.#sql.behindAt.get(path);
    return record && behindOf(record);
  }

  /** Says what is about to be committed; replaces what was said before. */
  setIntents(rows: readonly Row[]): void {
    this.transaction(() => {
      this.#sql.dropIntents.run();
      for (const { entry, fingerprint } of rows) {
        this.#sql.putIntent.run(entry.path, JSON.stringify(entry), fingerprint);
      }
    });
  }

  /** What a commit of this node may have put at the path without having recorded it. */
  intentAt(path: RelPath): Row | undefined {
    const found = this.#sql.intentAt.get(path);
    return found && { entry: entrySchema.parse(JSON.parse(found.entry)), fingerprint: found.fingerprint };
  }

  dropIntents(): void {
    this.#sql.dropIntents.run();
  }

  /** Keeps the time at which the path first fell behind. */
  putBehind(behind: Behind): void {
    const json = behind.entry ? JSON.stringify(behind.entry) : null;
    const gone = behind.entry ? 0 : 1;
    const added = this.#sql.addBehind.run(behind.path, gone, json, behind.revision, behind.since).changes;
    if (added === 0) {
      this.#behindBytes -= this.#sql.behindSize.get(behind.path)?.size ?? 0;
      this.#sql.updateBehind.run(gone, json, behind.revision, behind.path);
    }
    this.#behind += added;
    if (behind.entry && isFile(behind.entry)) this.#behindBytes += behind.entry.size;
  }

  dropBehind(path: RelPath): void {
    const dropped = this.#sql.dropBehind.get(path);
    if (dropped) this.#settle(dropped);
  }

  #settle({ size }: Sized): void {
    this.#behind--;
    this.#behindBytes -= size;
    this.#settled++;
    this.#settledBytes += size;
  }

  /** Whether something is to come to disk below a directory. */
  expectsBelow(dir: RelPath): boolean {
    return this.#behind > 0 && this.#sql.putBelow.get(dir, dir) !== undefined;
  }

  /** A commit of this node decided about a path, and with it about all that cannot exist beside it. What `current` said
   *  up to that revision is answered; what a later one said still counts. */
  answerBehind(path: RelPath, revision: number): void {
    if (this.#behind === 0) return;
    for (const dropped of this.#sql.dropBehindBelow.all(path, path, revision)) this.#settle(dropped);
    for (const at of [path, ...ancestorsOf(path)]) {
      const dropped = this.#sql.dropBehindAt.get(at, revision);
      if (dropped) this.#settle(dropped);
    }
  }

  /** Files and directories to bring in, in path order, after `after` ('' = from the first). */
  nextPuts(after: string, limit: number): Behind[] {
    return this.#sql.nextPuts.all(after, limit).map(behindOf);
  }

  /** Paths to remove, children before their parents, before `before` (undefined = from the last). */
  nextDeletes(before: string | undefined, limit: number): Behind[] {
    const last = before ?? this.#sql.lastDelete.get()?.path;
    if (last === undefined) return [];
    return this.#sql.nextDeletes.all(before ?? `${last}0`, limit).map(behindOf);
  }

  /** When the longest waiting path fell behind; undefined when none did. Looked up once a second: it reads the whole list. */
  oldestBehind(now: number): number | undefined {
    if (this.#behind === 0) return undefined;
    if (this.#oldest.at === undefined || now - this.#oldest.askedAt >= 1_000) {
      this.#oldest = { at: this.#sql.oldest.get()?.since ?? undefined, askedAt: now };
    }
    return this.#oldest.at;
  }

  meta(key: string): string | undefined {
    return this.#sql.meta.get(key)?.value;
  }

  setMeta(key: string, value: string): void {
    this.#sql.setMeta.run(key, value);
  }

  /** Makes what was recorded durable. Only after the directories of what was placed are. */
  checkpoint(): void {
    if (this.#changes() === this.#checkpointed) return;
    this.#opened.checkpoint();
    this.#checkpointed = this.#changes();
  }

  #changes(): number {
    return this.#sql.changes.get()?.n ?? 0;
  }

  close(): void {
    this.#opened.close();
  }

  #count(entry: Entry, sign: 1 | -1): void {
    if (!isFile(entry)) return;
    this.#files += sign;
    this.#bytes += sign * entry.size;
    assert(this.#files >= 0 && this.#bytes >= 0, 'totals of the base never fall below nothing');
  }
}

function dirOf(path: RelPath): string {
  const cut = path.lastIndexOf('/');
  return cut < 0 ? '' : path.slice(0, cut);
}

function rowOf(record: FileRecord): Row {
  const path = (record.dir === '' ? record.name : `${record.dir}/${record.name}`) as RelPath;
  const entry: Entry =
    record.sha === null
      ? { path, dir: true, mode: record.mode }
      : { path, sha: record.sha as Sha, size: record.size, mode: record.mode, mtime: record.mtime };
  return { entry, fingerprint: record.fingerprint };
}

function behindOf(record: BehindRecord): Behind {
  return {
    path: record.path as RelPath,
    entry: record.entry === null ? undefined : (JSON.parse(record.entry) as Entry),
    revision: record.revision,
    since: record.since,
  };
}
