// What the project has at paths that this node ignores: kept, so that what is ignored no longer comes to disk at once, and
// so that a directory is not taken for empty that is not. A path is here, or has a row, or is noted as behind, never two.
import type Database from 'better-sqlite3';
import { type Entry, entrySchema } from '../../core/model/entry.ts';
import { ancestorsOf, type RelPath } from '../../core/model/rel-path.ts';

export const LEFT_OUT_SCHEMA = `
  CREATE TABLE IF NOT EXISTS left_out (path TEXT PRIMARY KEY, entry TEXT NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID;
`;

export interface LeftOutEntry {
  readonly entry: Entry;
  /** KV revision of the `current` that said so */
  readonly revision: number;
}

interface Stored {
  entry: string;
  revision: number;
}

export class LeftOut {
  readonly #sql;
  /** Mostly there is nothing at all, and each path that comes asks. */
  #isEmpty: boolean;
  /** undefined: it may be another than it was; a status asks for it often */
  #count: number | undefined;

  constructor(db: Database.Database) {
    this.#sql = {
      put: db.prepare<[string, string, number]>(
        'INSERT OR REPLACE INTO left_out (path, entry, revision) VALUES (?, ?, ?)',
      ),
      drop: db.prepare<[string]>('DELETE FROM left_out WHERE path = ?'),
      // '0' follows '/' in byte order: all that is below the directory.
      dropBelow: db.prepare<[string, string]>("DELETE FROM left_out WHERE path > ? || '/' AND path < ? || '0'"),
      below: db.prepare<[string, string], { path: string }>(
        "SELECT path FROM left_out WHERE path > ? || '/' AND path < ? || '0' LIMIT 1",
      ),
      next: db.prepare<[string, number], Stored>('SELECT * FROM left_out WHERE path > ? ORDER BY path LIMIT ?'),
      count: db.prepare<[], { count: number }>('SELECT count(*) AS count FROM left_out'),
      clear: db.prepare<[]>('DELETE FROM left_out'),
    };
    this.#isEmpty = this.#sql.next.get('', 1) === undefined;
  }

  put(entry: Entry, revision: number): void {
    this.#isEmpty = false;
    this.#count = undefined;
    this.#sql.put.run(entry.path, JSON.stringify(entry), revision);
  }

  drop(path: RelPath): void {
    if (this.#isEmpty) return;
    this.#count = undefined;
    this.#sql.drop.run(path);
  }

  /** A commit of this node put something at the path: what cannot exist beside it is not in the project any more. */
  answer(path: RelPath): void {
    if (this.#isEmpty) return;
    this.#count = undefined;
    for (const at of [path, ...ancestorsOf(path)]) this.#sql.drop.run(at);
    this.#sql.dropBelow.run(path, path);
  }

  get count(): number {
    if (this.#isEmpty) return 0;
    this.#count ??= this.#sql.count.get()?.count ?? 0;
    return this.#count;
  }

  hasBelow(dir: RelPath): boolean {
    return !this.#isEmpty && this.#sql.below.get(dir, dir) !== undefined;
  }

  /** In path order, after `after` ('' = from the first). */
  next(after: string, limit: number): LeftOutEntry[] {
    return this.#sql.next
      .all(after, limit)
      .map(({ entry, revision }) => ({ entry: entrySchema.parse(JSON.parse(entry)), revision }));
  }

  clear(): void {
    this.#count = undefined;
    this.#sql.clear.run();
  }
}
