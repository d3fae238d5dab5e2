// What the commit under way puts. When a crash comes after the commit and before it is recorded, these paths are known as
// this node's own, and not taken for edits of somebody else.
import type Database from 'better-sqlite3';
import { entrySchema } from '../../core/model/entry.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Row } from './file-rows.ts';

export const INTENTS_SCHEMA = `
  CREATE TABLE intents (path TEXT PRIMARY KEY, entry TEXT NOT NULL, fingerprint TEXT NOT NULL) WITHOUT ROWID;
`;

export class Intents {
  readonly #db: Database.Database;
  readonly #sql;

  constructor(db: Database.Database) {
    this.#db = db;
    this.#sql = {
      put: db.prepare<[string, string, string]>(
        'INSERT OR REPLACE INTO intents (path, entry, fingerprint) VALUES (?, ?, ?)',
      ),
      at: db.prepare<[string], { entry: string; fingerprint: string }>(
        'SELECT entry, fingerprint FROM intents WHERE path = ?',
      ),
      drop: db.prepare<[string]>('DELETE FROM intents WHERE path = ?'),
      clear: db.prepare<[]>('DELETE FROM intents'),
    };
  }

  /** Says what is about to be committed, in place of what was said before. */
  set(rows: readonly Row[]): void {
    this.#db.transaction(() => {
      this.#sql.clear.run();
      for (const { entry, fingerprint } of rows) {
        this.#sql.put.run(entry.path, JSON.stringify(entry), fingerprint);
      }
    })();
  }

  /** What a commit of this node may have put at the path without having recorded it. */
  at(path: RelPath): Row | undefined {
    const found = this.#sql.at.get(path);
    return found && { entry: entrySchema.parse(JSON.parse(found.entry)), fingerprint: found.fingerprint };
  }

  /** The project has been heard of: what was intended there is known, or overtaken. */
  drop(path: RelPath): void {
    this.#sql.drop.run(path);
  }

  clear(): void {
    this.#sql.clear.run();
  }
}
