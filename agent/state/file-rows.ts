// The base entry of each path, with the fingerprint of the file on disk that held it. A scan compares a directory with its
// rows; a renamed file is known again by its inode, and bytes that are here already by their sha. What cannot exist beside
// an entry goes when it comes, and the totals are kept as rows come and go.
import type Database from 'better-sqlite3';
import { assert } from '../../core/model/assert.ts';
import { type Entry, isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import { ancestorsOf, baseName, parentOf, type RelPath } from '../../core/model/rel-path.ts';
import { type Fingerprint, inodeOf } from '../disk/fingerprint.ts';
import { AskedLately } from './asked-lately.ts';

export const FILES_SCHEMA = `
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
`;

/** A base entry and the fingerprint of the file on disk that held it. */
export interface Row {
  readonly entry: Entry;
  readonly fingerprint: Fingerprint;
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

const NOT_LOOKED = { dir: '', isLowest: false };

export class FileRows {
  readonly #sql;
  #files: number;
  #bytes: number;
  /** a directory that has no row above or at itself; '' is one always */
  #roomIn = '';
  /** whether a directory is the lowest that holds rows on its way */
  #looked: { readonly dir: string; readonly isLowest: boolean } = NOT_LOOKED;
  readonly #asked = new AskedLately<Row>();

  constructor(db: Database.Database) {
    this.#sql = {
      at: db.prepare<[string, string], FileRecord>('SELECT * FROM files WHERE dir = ? AND name = ?'),
      in: db.prepare<[string], FileRecord>('SELECT * FROM files WHERE dir = ?'),
      // '0' follows '/' in byte order, so that the range is the directory itself and all that is below it.
      under: db.prepare<[string, string, string], FileRecord>(
        "SELECT * FROM files WHERE dir = ? OR (dir > ? || '/' AND dir < ? || '0')",
      ),
      anyUnder: db.prepare<[string, string, string], object>(
        `SELECT 1 WHERE EXISTS (SELECT 1 FROM files WHERE dir = ?)
           OR EXISTS (SELECT 1 FROM files WHERE dir > ? || '/' AND dir < ? || '0')`,
      ),
      anyDirBelow: db.prepare<[string, string], object>(
        "SELECT 1 FROM files WHERE dir > ? || '/' AND dir < ? || '0' LIMIT 1",
      ),
      nextDir: db.prepare<[string], { dir: string }>('SELECT dir FROM files WHERE dir > ? ORDER BY dir LIMIT 1'),
      ofInode: db.prepare<[bigint], FileRecord>('SELECT * FROM files WHERE ino = ? AND sha IS NOT NULL LIMIT 16'),
      ofSha: db.prepare<[string], FileRecord>('SELECT * FROM files WHERE sha = ? LIMIT 16'),
      put: db.prepare<[string, string, string | null, number, number, number, string, bigint]>(
        `INSERT INTO files (dir, name, sha, size, mode, mtime, fingerprint, ino) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (dir, name) DO UPDATE SET
           sha = excluded.sha, size = excluded.size, mode = excluded.mode, mtime = excluded.mtime,
           fingerprint = excluded.fingerprint, ino = excluded.ino`,
      ),
      drop: db.prepare<[string, string]>('DELETE FROM files WHERE dir = ? AND name = ?'),
      clear: db.prepare<[]>('DELETE FROM files'),
    };
    const totals = db
      .prepare<[], { files: number; bytes: number }>(
        'SELECT count(*) AS files, coalesce(sum(size), 0) AS bytes FROM files WHERE sha IS NOT NULL',
      )
      .get();
    this.#files = totals?.files ?? 0;
    this.#bytes = totals?.bytes ?? 0;
  }

  /** files of the base and their bytes */
  get totals(): { readonly files: number; readonly bytes: number } {
    return { files: this.#files, bytes: this.#bytes };
  }

  at(path: RelPath): Row | undefined {
    return this.#asked.get(path, () => {
      const record = this.#sql.at.get(dirOf(path), baseName(path));
      return record && rowOf(record);
    });
  }

  /** The rows directly in a directory, by name. */
  in(dir: RelPath | ''): Map<string, Row> {
    const rows = new Map<string, Row>();
    for (const record of this.#sql.in.iterate(dir)) rows.set(record.name, rowOf(record));
    return rows;
  }

  /** The rows below a directory, not its own. Read whole, so that the caller may change rows meanwhile. */
  under(dir: RelPath): Row[] {
    return this.#sql.under.all(dir, dir, dir).map(rowOf);
  }

  /** Files whose last fingerprint has this inode; some, if there are many. */
  ofInode(ino: bigint): Row[] {
    return this.#sql.ofInode.all(BigInt.asIntN(64, ino)).map(rowOf);
  }

  /** Files whose base holds these bytes; some, if there are many. */
  ofSha(sha: Sha): Row[] {
    return this.#sql.ofSha.all(sha).map(rowOf);
  }

  hasUnder(dir: RelPath): boolean {
    return !this.#isLowest(dirOf(dir)) && this.#sql.anyUnder.get(dir, dir, dir) !== undefined;
  }

  /** Most directories hold nothing but files, and who asks about one of these asks about the others: once for all. */
  #isLowest(dir: string): boolean {
    if (dir === '') return false;
    if (this.#looked.dir !== dir) this.#looked = { dir, isLowest: !this.#sql.anyDirBelow.get(dir, dir) };
    return this.#looked.isLowest;
  }

  /** Directories at or below `under` that hold rows. */
  *dirs(under: RelPath | ''): Generator<RelPath | ''> {
    if (this.#sql.in.get(under)) yield under;
    for (let at: string = under === '' ? '' : `${under}/`; ; ) {
      const next = this.#sql.nextDir.get(at);
      if (!next || !(under === '' || next.dir.startsWith(`${under}/`))) return;
      at = next.dir;
      yield at as RelPath;
    }
  }

  /** What cannot exist beside an entry. */
  inTheWayOf(entry: Entry): Row[] {
    const above = ancestorsOf(entry.path).flatMap((dir) => this.at(dir) ?? []);
    return isFile(entry) ? [...above, ...this.under(entry.path)] : above;
  }

  /** Sets the base of a path. What cannot exist beside it goes: a file's descendants, and the entries of its parents. */
  put(entry: Entry, fingerprint: Fingerprint): void {
    const dir = dirOf(entry.path);
    const old = this.at(entry.path);
    if (old) this.#count(old.entry, -1);
    else this.#makeRoom(entry, dir);
    const ino = inodeOf(fingerprint);
    if (isFile(entry)) {
      this.#sql.put.run(dir, baseName(entry.path), entry.sha, entry.size, entry.mode, entry.mtime, fingerprint, ino);
    } else this.#sql.put.run(dir, baseName(entry.path), null, 0, entry.mode, 0, fingerprint, ino);
    this.#asked.set(entry.path, { entry: plain(entry), fingerprint });
    if (dir.startsWith(`${this.#looked.dir}/`)) this.#looked = NOT_LOOKED;
    this.#count(entry, 1);
  }

  #makeRoom(entry: Entry, dir: string): void {
    const { path } = entry;
    // Many files come into one directory: its parents are asked about once.
    if (dir !== this.#roomIn) for (const parent of ancestorsOf(path)) this.drop(parent);
    this.#roomIn = dir;
    if (isFile(entry) && this.hasUnder(path)) {
      for (const row of this.under(path)) this.drop(row.entry.path);
    }
    if (this.#roomIn === path || this.#roomIn.startsWith(`${path}/`)) this.#roomIn = '';
  }

  /** Something is in these directories for sure: none of them has an entry of its own. */
  dropAbove(paths: Iterable<RelPath>): void {
    const known = new Set<RelPath>();
    for (const path of paths) {
      for (const dir of ancestorsOf(path)) {
        if (!known.has(dir)) this.drop(dir);
        known.add(dir);
      }
    }
  }

  drop(path: RelPath): void {
    const old = this.at(path);
    if (!old) return;
    this.#sql.drop.run(dirOf(path), baseName(path));
    this.#asked.set(path, undefined);
    this.#count(old.entry, -1);
  }

  /** As if none had ever come. */
  clear(): void {
    this.#sql.clear.run();
    this.#files = 0;
    this.#bytes = 0;
    this.#roomIn = '';
    this.#asked.clear();
  }

  /** @returns sets the counts back to what they are now, for a transaction that fails */
  mark(): () => void {
    const [files, bytes] = [this.#files, this.#bytes];
    return () => {
      [this.#files, this.#bytes] = [files, bytes];
      this.#roomIn = '';
      this.#asked.clear();
      this.#looked = NOT_LOOKED;
    };
  }

  #count(entry: Entry, sign: 1 | -1): void {
    if (!isFile(entry)) return;
    this.#files += sign;
    this.#bytes += sign * entry.size;
    assert(this.#files >= 0 && this.#bytes >= 0, 'totals of the base never fall below nothing');
  }
}

/** What the table keeps of it. */
function plain(entry: Entry): Entry {
  const { path, mode } = entry;
  return isFile(entry)
    ? { path, sha: entry.sha, size: entry.size, mode, mtime: entry.mtime }
    : { path, dir: true, mode };
}

const dirOf = (path: RelPath): string => parentOf(path) ?? '';

function rowOf(record: FileRecord): Row {
  const path = (record.dir === '' ? record.name : `${record.dir}/${record.name}`) as RelPath;
  const entry: Entry =
    record.sha === null
      ? { path, dir: true, mode: record.mode }
      : { path, sha: record.sha as Sha, size: record.size, mode: record.mode, mtime: record.mtime };
  return { entry, fingerprint: record.fingerprint };
}
