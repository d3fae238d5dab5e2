// Remote versions that are still to come to disk: the paths where the project is ahead of the base. A newer version replaces
// one that never came, the path keeps its age, and a commit of this node answers what was said before it. The counts are
// kept as the list grows and shrinks, so that the status costs no question to the database.
import type Database from 'better-sqlite3';
import { type Entry, isFile } from '../../core/model/entry.ts';
import { ancestorsOf, type RelPath } from '../../core/model/rel-path.ts';
import type { Version } from '../../core/sync/plan.ts';

export const BEHIND_SCHEMA = `
  -- entry is NULL for a deletion
  CREATE TABLE behind (
    path TEXT PRIMARY KEY, gone INTEGER NOT NULL, entry TEXT, revision INTEGER NOT NULL, since INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX behind_order ON behind (gone, path);
`;

/** Came after the version that it belongs to: a file that has none gets it when it is opened. */
const BEHIND_BY_REVISION = 'CREATE INDEX IF NOT EXISTS behind_by_revision ON behind (revision);';

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

export class BehindList {
  readonly #sql;
  #count: number;
  #bytes: number;
  #settled = 0;
  #settledBytes = 0;
  #oldest: { at: number | undefined; askedAt: number } = { at: undefined, askedAt: 0 };

  constructor(db: Database.Database) {
    db.exec(BEHIND_BY_REVISION);
    this.#sql = {
      add: db.prepare<[string, number, string | null, number, number]>(
        'INSERT OR IGNORE INTO behind (path, gone, entry, revision, since) VALUES (?, ?, ?, ?, ?)',
      ),
      update: db.prepare<[number, string | null, number, string]>(
        'UPDATE behind SET gone = ?, entry = ?, revision = ? WHERE path = ?',
      ),
      drop: db.prepare<[string], Sized>(`DELETE FROM behind WHERE path = ? ${RETURNING_SIZE}`),
      putBelow: db.prepare<[string, string], { path: string }>(
        "SELECT path FROM behind WHERE gone = 0 AND path > ? || '/' AND path < ? || '0' LIMIT 1",
      ),
      dropBelow: db.prepare<[string, string, number], Sized>(
        `DELETE FROM behind WHERE path > ? || '/' AND path < ? || '0' AND revision <= ? ${RETURNING_SIZE}`,
      ),
      dropAt: db.prepare<[string, number], Sized>(
        `DELETE FROM behind WHERE path = ? AND revision <= ? ${RETURNING_SIZE}`,
      ),
      size: db.prepare<[string], Sized>(`SELECT ${SIZE} AS size FROM behind WHERE path = ?`),
      upTo: db.prepare<[number], { path: string }>('SELECT path FROM behind WHERE revision <= ? LIMIT 1'),
      at: db.prepare<[string], BehindRecord>('SELECT * FROM behind WHERE path = ?'),
      nextPuts: db.prepare<[string, number], BehindRecord>(
        'SELECT * FROM behind WHERE gone = 0 AND path > ? ORDER BY path LIMIT ?',
      ),
      nextDeletes: db.prepare<[string, number], BehindRecord>(
        'SELECT * FROM behind WHERE gone = 1 AND path < ? ORDER BY path DESC LIMIT ?',
      ),
      lastDelete: db.prepare<[], { path: string }>('SELECT path FROM behind WHERE gone = 1 ORDER BY path DESC LIMIT 1'),
      oldest: db.prepare<[], { since: number | null }>('SELECT min(since) AS since FROM behind'),
      clear: db.prepare<[]>('DELETE FROM behind'),
    };
    const totals = db
      .prepare<[], { n: number; bytes: number }>(`SELECT count(*) AS n, coalesce(sum(${SIZE}), 0) AS bytes FROM behind`)
      .get();
    this.#count = totals?.n ?? 0;
    this.#bytes = totals?.bytes ?? 0;
  }

  get count(): number {
    return this.#count;
  }

  /** what those paths bring */
  get bytes(): number {
    return this.#bytes;
  }

  /** What was behind since the state was opened, and is not any more: it came to disk, or was answered. */
  get settled(): { readonly files: number; readonly bytes: number } {
    return { files: this.#settled, bytes: this.#settledBytes };
  }

  /** Whether anything that `current` said up to a revision is still to come to disk. */
  hasUpTo(revision: number): boolean {
    return this.#count > 0 && this.#sql.upTo.get(revision) !== undefined;
  }

  at(path: RelPath): Behind | undefined {
    const record = this.#sql.at.get(path);
    return record && behindOf(record);
  }

  /** Keeps the time at which the path first fell behind. */
  put(behind: Behind): void {
    const json = behind.entry ? JSON.stringify(behind.entry) : null;
    const gone = behind.entry ? 0 : 1;
    const added = this.#sql.add.run(behind.path, gone, json, behind.revision, behind.since).changes;
    if (added === 0) {
      this.#bytes -= this.#sql.size.get(behind.path)?.size ?? 0;
      this.#sql.update.run(gone, json, behind.revision, behind.path);
    }
    this.#count += added;
    if (behind.entry && isFile(behind.entry)) this.#bytes += behind.entry.size;
  }

  drop(path: RelPath): void {
    const dropped = this.#sql.drop.get(path);
    if (dropped) this.#settle(dropped);
  }

  #settle({ size }: Sized): void {
    this.#count--;
    this.#bytes -= size;
    this.#settled++;
    this.#settledBytes += size;
  }

  /** Whether something is to come to disk below a directory. */
  expectsBelow(dir: RelPath): boolean {
    return this.#count > 0 && this.#sql.putBelow.get(dir, dir) !== undefined;
  }

  /** A commit of this node decided about a path, and with it about all that cannot exist beside it. What `current` said
   *  up to that revision is answered; what a later one said still counts. */
  answer(path: RelPath, revision: number): void {
    if (this.#count === 0) return;
    for (const dropped of this.#sql.dropBelow.all(path, path, revision)) this.#settle(dropped);
    for (const at of [path, ...ancestorsOf(path)]) {
      const dropped = this.#sql.dropAt.get(at, revision);
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
  oldestAt(now: number): number | undefined {
    if (this.#count === 0) return undefined;
    if (this.#oldest.at === undefined || now - this.#oldest.askedAt >= 1_000) {
      this.#oldest = { at: this.#sql.oldest.get()?.since ?? undefined, askedAt: now };
    }
    return this.#oldest.at;
  }

  /** As if nothing had ever been noted. */
  clear(): void {
    this.#sql.clear.run();
    this.#count = 0;
    this.#bytes = 0;
  }

  /** @returns sets the counts back to what they are now, for a transaction that fails */
  mark(): () => void {
    const [count, bytes, settled, settledBytes] = [this.#count, this.#bytes, this.#settled, this.#settledBytes];
    return () => {
      [this.#count, this.#bytes, this.#settled, this.#settledBytes] = [count, bytes, settled, settledBytes];
    };
  }
}

function behindOf(record: BehindRecord): Behind {
  return {
    path: record.path as RelPath,
    entry: record.entry === null ? undefined : (JSON.parse(record.entry) as Entry),
    revision: record.revision,
    since: record.since,
  };
}
