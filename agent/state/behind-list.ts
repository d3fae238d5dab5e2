// Remote versions that are still to come to disk: the paths where the project is ahead of the base. A newer version replaces
// one that never came, the path keeps its age, and a commit of this node answers what was said before it. The counts are
// kept as the list grows and shrinks, so that the status costs no question to the database, and the list no index.
import type Database from 'better-sqlite3';
import { type Entry, isFile } from '../../core/model/entry.ts';
import { ancestorsOf, baseName, type RelPath } from '../../core/model/rel-path.ts';
import type { Version } from '../../core/sync/plan.ts';
import { RULES_FILE } from '../ignore/parse-rules.ts';
import { AskedLately } from './asked-lately.ts';

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
  readonly #asked = new AskedLately<Behind>();
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
    this.#asked.clear();
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
    if (this.#count === 0) return undefined;
    return this.#asked.get(path, () => {
      const record = this.#sql.at.get(0, path) ?? (this.#removals > 0 ? this.#sql.at.get(1, path) : undefined);
      return record && behindOf(record);
    });
  }

  /** Keeps the time at which the path first fell behind. */
  put(behind: Behind): void {
    const { path, entry, revision } = behind;
    const old = this.at(path);
    if (old) this.#drop(old);
    const size = sizeOf(behind);
    const since = old?.since ?? behind.since;
    const gone = goneOf(behind);
    this.#sql.add.run(gone, path, entry ? JSON.stringify(entry) : null, size, revision, since);
    this.#asked.set(path, { path, entry, revision, since });
    this.#count++;
    this.#removals += gone;
    this.#bytes += size;
    if (entry && baseName(path) === RULES_FILE) this.#rules.add(path);
    this.#revisions.set(revision, (this.#revisions.get(revision) ?? 0) + 1);
  }

  drop(path: RelPath): void {
    const found = this.at(path);
    if (found) this.#settle(found);
  }

  #settle(behind: Behind): void {
    this.#drop(behind);
    this.#settled++;
    this.#settledBytes += sizeOf(behind);
  }

  #drop(behind: Behind): void {
    const { path, revision } = behind;
    const gone = goneOf(behind);
    this.#sql.drop.run(gone, path);
    this.#asked.set(path, undefined);
    this.#rules.delete(path);
    this.#count--;
    this.#removals -= gone;
    this.#bytes -= sizeOf(behind);
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
    const decided = [...this.#sql.below.all(0, path, path), ...this.#sql.below.all(1, path, path)].map(behindOf);
    for (const at of [path, ...ancestorsOf(path)]) {
      const behind = this.at(at);
      if (behind) decided.push(behind);
    }
    for (const behind of decided) if (behind.revision <= revision) this.#settle(behind);
  }

  /** As `answer`, of a deletion: what may come or go above and below it is as it was. */
  answerAt(path: RelPath, revision: number): void {
    const behind = this.at(path);
    if (behind && behind.revision <= revision) this.#settle(behind);
  }

  /** Files and directories to bring in, in path order, after `after` ('' = from the first). */
  nextPuts(after: string, limit: number): Behind[] {
    const next = this.#sql.nextPuts.all(after, limit).map(behindOf);
    for (const behind of next) this.#asked.set(behind.path, behind);
    return next;
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

/** Deletions are kept apart. */
const goneOf = ({ entry }: Behind): 0 | 1 => (entry ? 0 : 1);
/** what it brings */
const sizeOf = ({ entry }: Behind): number => (entry && isFile(entry) ? entry.size : 0);

function behindOf(record: BehindRecord): Behind {
  return {
    path: record.path as RelPath,
    entry: record.entry === null ? undefined : (JSON.parse(record.entry) as Entry),
    revision: record.revision,
    since: record.since,
  };
}
