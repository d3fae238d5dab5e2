// Opens a file of the read model. All that is in it can be read again from NATS, so one of another tenant or shape, or a
// damaged one, is replaced instead of repaired or migrated.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

export interface SqliteShape {
  /** whose it is, and in which version */
  readonly identity: string;
  /** may be run on a file that has the tables already; `meta` is made here */
  readonly createTables: string;
}

export function openOrReplace(file: string, shape: SqliteShape): Database.Database {
  mkdirSync(dirname(file), { recursive: true });
  const kept = tryOpen(file, shape);
  if (kept) return kept;
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  const sqlite = new Database(file);
  prepare(sqlite, shape);
  return sqlite;
}

/** @returns undefined when the file is of another tenant or shape, or no database */
function tryOpen(file: string, shape: SqliteShape): Database.Database | undefined {
  const sqlite = new Database(file);
  try {
    const known = sqlite.prepare("SELECT name FROM sqlite_master WHERE name = 'meta'").get();
    const found = known
      ? sqlite.prepare("SELECT value FROM meta WHERE key = 'identity'").pluck().get()
      : shape.identity;
    if (found === shape.identity) {
      prepare(sqlite, shape);
      return sqlite;
    }
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
  }
  sqlite.close();
  return undefined;
}

function prepare(sqlite: Database.Database, { identity, createTables }: SqliteShape): void {
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = OFF');
  sqlite.exec('CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID');
  sqlite.exec(createTables);
  sqlite.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('identity', ?)").run(identity);
}
