// Remote versions that are still to come to disk: the paths where the project is ahead of the base. A newer version replaces
// one that never came, the path keeps its age, and a commit of this node answers what was said before it. The counts are
// kept as the list grows and shrinks, so that the status costs no question to the database, and the list no index.
import type Database from 'better-sqlite3';
import { type Entry, isFile } from '../../core/model/entry.ts';
import { ancestorsOf, baseName, type RelPath } from '../../core/model/rel-path.ts';
import type { Version } from '../../core/sync/plan.ts';
import { RULES_FILE } from '../ignore/parse-rules.ts';

export const BEHIND_SCHEMA = `
  -- clustered by what is worked off together: files and directories in path order, then deletions; each path is here once.
  -- entry is NULL for a deletion; size is what it brings, nothing for directories and deletions
  CREATE TABLE behind (
    gone INTEGER NOT NULL, path TEXT NOT NULL, entry TEXT, size INTEGER NOT NULL,
    revision INTEGER NOT NULL, since INTEGER NOT NULL,
    PRIMARY KEY (gone, path)
  ) WITHOUT ROWID;
`;

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

const BELOW = "path > ? || '/' AND path < ? || '0'";

interface BehindRecord {
  gone: number;
  path: string;
  entry: string | null;
  size: number;
  revision: number;
  since: number;
}

export class BehindList {
  readonly #sql;
  #count = 0;
  /** those of them that are deletions */
  #removals = 0;
  #bytes = 0;
  /** those of them that bring rules */
  readonly #rules = new Set<RelPath>();
  /** how many came with each revision */
  #revisions = new Map<number, number>();
  #settled = 0;
  #settledBytes = 0;
  /** what was found last: whoever brings it in asks more than once */
  #found: BehindRecord | undefined;
  #oldest: { at: number | undefined; askedAt: number } = { at: undefined, askedAt: 0 };

  constructor(db: Database.Database) {
    this.#sql = {
      add: db.prepare<[number, string, string | null, number, number, number]>(
        'INSERT INTO behind (gone, path, entry, size, revision, since) VALUES (?, ?, ?, ?, ?, ?)',
      ),
      drop: db.prepare<[number, string]>('DELETE FROM behind WHERE gone = ? AND path = ?'),
      putBelow: db.prepare<[string, string], { path: string }>(
        `SELECT path FROM behind WHERE gone = 0 AND ${BELOW} LIMIT 1`,
      ),
      below: db.prepare<[number, string, string], BehindRecord>(`SELECT * FROM behind WHERE gone = ? AND ${BELOW}`),
      counts: db.prepare<[], { gone: number; revision: number; n: number; bytes: number }>(
        'SELECT gone, revision, count(*) AS n, sum(size) AS bytes FROM behind GROUP BY gone, revision',
      ),
      at: db.prepare<[number, string], BehindRecord>('SELECT * FROM behind WHERE gone = ? AND path = ?'),
      nextPuts: db.prepare<[string, number], BehindRecord>(
        'SELECT * FROM behind WHERE gone = 0 AND path > ? ORDER BY path LIMIT ?',
      ),
      nextDeletes: db.prepare<[string, number], BehindRecord>(
        'SELECT * FROM behind WHERE gone = 1 AND path < ? ORDER BY path DESC LIMIT ?',
      ),
      lastDelete: db.prepare<[], { path: string }>('SELECT path FROM behind WHERE gone = 1 ORDER BY path DESC LIMIT 1'),
      oldest: db.prepare<[], { since: number | null }>('SELECT min(since) AS since FROM behind'),
      rules: db.prepare<[string, string], { path: string }>(
        "SELECT path FROM behind WHERE gone = 0 AND (path = ? OR path LIKE '%/' || ?)",
      ),
      clear: db.prepare<[]>('DELETE FROM behind'),
    };
    this.#load();
  }

  #load(): void {
    this.#found = undefined;
    this.#count = 0;
    this.#bytes = 0;
    this.#revisions = new Map();
    this.#removals = 0;
    for (const { gone, revision, n, bytes } of this.#sql.counts.iterate()) {
      this.#count += n;
      this.#removals += gone * n;
      this.#bytes += bytes;
      this.#revisions.set(revision, (this.#revisions.get(revision) ?? 0) + n);
    }
    this.#rules.clear();
    for (const { path } of this.#sql.rules.iterate(RULES_FILE, RULES_FILE)) this.#rules.add(path as RelPath);
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

  /** `.fsignore` files that are to come: what they say is not known here yet. */
  get rules(): ReadonlySet<RelPath> {
    return this.#rules;
  }

  /** Whether anything that `current` said up to a revision is still to come to disk. */
  hasUpTo(revision: number): boolean {
    for (const at of this.#revisions.keys()) if (at <= revision) return true;
    return false;
  }

  at(path: RelPath): Behind | undefined {
    const record = this.#find(path);
    return record && behindOf(record);
  }

  #find(path: RelPath): BehindRecord | undefined {
    if (this.#count === 0) return undefined;
    if (this.#found?.path !== path)
      this.#found = this.#sql.at.get(0, path) ?? (this.#removals > 0 ? this.#sql.at.get(1, path) : undefined);
    return this.#found;
  }

  /** Keeps the time at which the path first fell behind. */
  put(behind: Behind): void {
    const { path, entry, revision } = behind;
    const old = this.#find(path);
    if (old) this.#drop(old);
    const size = entry && isFile(entry) ? entry.size : 0;
    const since = old?.since ?? behind.since;
    const gone = entry ? 0 : 1;
    this.#sql.add.run(gone, path, entry ? JSON.stringify(entry) : null, size, revision, since);
    this.#count++;
    this.#removals += gone;
    this.#bytes += size;
    if (entry && baseName(path) === RULES_FILE) this.#rules.add(path);
    this.#revisions.set(revision, (this.#revisions.get(revision) ?? 0) + 1);
  }

  drop(path: RelPath): void {
    const found = this.#find(path);
    if (found) this.#settle(found);
  }

  #settle(record: BehindRecord): void {
    this.#drop(record);
    this.#settled++;
    this.#settledBytes += record.size;
  }

  #drop({ gone, path, size, revision }: BehindRecord): void {
    this.#sql.drop.run(gone, path);
    this.#found = undefined;
    this.#rules.delete(path as RelPath);
    this.#count--;
    this.#removals -= gone;
    this.#bytes -= size;
    const left = (this.#revisions.get(revision) ?? 0) - 1;
    if (left > 0) this.#revisions.set(revision, left);
    else this.#revisions.delete(revision);
  }

  /** Whether something is to come to disk below a directory. */
  expectsBelow(dir: RelPath): boolean {
    return this.#count > 0 && this.#sql.putBelow.get(dir, dir) !== undefined;
  }

  /** A commit of this node decided about a path, and with it about all that cannot exist beside it. What `current` said
   *  up to that revision is answered; what a later one said still counts. */
  answer(path: RelPath, revision: number): void {
    if (this.#count === 0) return;
    const decided = [...this.#sql.below.all(0, path, path), ...this.#sql.below.all(1, path, path)];
    for (const at of [path, ...ancestorsOf(path)]) {
      const record = this.#find(at);
      if (record) decided.push(record);
    }
    for (const record of decided) if (record.revision <= revision) this.#settle(record);
  }

  /** As `answer`, of a deletion: what may come or go above and below it is as it was. */
  answerAt(path: RelPath, revision: number): void {
    const record = this.#find(path);
    if (record && record.revision <= revision) this.#settle(record);
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
    this.#load();
  }

  /** @returns sets the counts back to what they are now, for a transaction that fails */
  mark(): () => void {
    const [settled, settledBytes] = [this.#settled, this.#settledBytes];
    return () => {
      this.#load();
      [this.#settled, this.#settledBytes] = [settled, settledBytes];
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
