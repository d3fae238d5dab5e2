// The tables of the read model (SQLite). They hold nothing that cannot be read again from NATS, but for the last reads, which
// are hints; a change of shape needs a new SCHEMA_VERSION and no migration: the file is dropped and filled anew.
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const SCHEMA_VERSION = 9;

export const events = sqliteTable('events', {
  seq: integer('seq').primaryKey(),
  type: text('type').notNull(),
  project: text('project'),
  path: text('path'),
  fromPath: text('from_path'),
  actor: text('actor').notNull(),
  correlation: text('correlation').notNull(),
  json: text('json').notNull(),
});

export const objects = sqliteTable('objects', {
  sha: text('sha').primaryKey(),
  sizeBytes: integer('size_bytes').notNull(),
  /** the project whose commit brought it first */
  project: text('project'),
  /** where a file of that project had it last; null: not known */
  path: text('path'),
  /** the newest event that says that a commit brought it */
  createdSeq: integer('created_seq'),
  hot: integer('hot', { mode: 'boolean' }).notNull(),
  coldBucket: text('cold_bucket'),
  coldKey: text('cold_key'),
  coldVerifiedAt: integer('cold_verified_at'),
  /** what it takes in cold when it is compressed */
  coldStored: integer('cold_stored'),
});

/** of what hot has */
export const reads = sqliteTable('reads', {
  sha: text('sha').primaryKey(),
  /** milliseconds since 1970 */
  readAt: integer('read_at').notNull(),
});

/** of a project in one hour */
export const activity = sqliteTable(
  'activity',
  {
    project: text('project').notNull(),
    /** since 1970 */
    hour: integer('hour').notNull(),
    commits: integer('commits').notNull(),
    bytes: integer('bytes').notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.hour] })],
);

/** One row that triggers keep in step with `objects`, so that nobody has to read all of them to know how many there are. */
export const totals = sqliteTable('totals', {
  objects: integer('objects').notNull(),
  cold: integer('cold').notNull(),
  /** what they take there */
  coldBytes: integer('cold_bytes').notNull(),
});

/** What the objects that each project brought take in hot and in cold, and how many are not proven in cold yet, kept in the
 *  same way: every page of the projects asks for it. */
export const projectTotals = sqliteTable('project_totals', {
  project: text('project').primaryKey(),
  hot: integer('hot').notNull(),
  cold: integer('cold').notNull(),
  toArchive: integer('to_archive').notNull(),
});

export const meta = sqliteTable('meta', { key: text('key').primaryKey(), value: text('value').notNull() });

const inCold = (row: 'NEW' | 'OLD'): string =>
  `iif(${row}.cold_key IS NULL, 0, coalesce(${row}.cold_stored, ${row}.size_bytes))`;

const counted = (sign: '+' | '-', row: 'NEW' | 'OLD'): string => `UPDATE totals SET objects = objects ${sign} 1,
    cold = cold ${sign} (${row}.cold_key IS NOT NULL), cold_bytes = cold_bytes ${sign} ${inCold(row)};
    INSERT INTO project_totals
    SELECT ${row}.project, ${sign}${row}.size_bytes * ${row}.hot, ${sign}${inCold(row)}, ${sign}(${row}.cold_key IS NULL)
    WHERE ${row}.project IS NOT NULL ON CONFLICT (project) DO UPDATE
    SET hot = hot + excluded.hot, cold = cold + excluded.cold, to_archive = to_archive + excluded.to_archive;`;

export const CREATE_TABLES = `
  CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, type TEXT NOT NULL, project TEXT, path TEXT, from_path TEXT, actor TEXT NOT NULL, correlation TEXT NOT NULL, json TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS events_project ON events (project, seq);
  CREATE INDEX IF NOT EXISTS events_type ON events (type, seq);
  CREATE INDEX IF NOT EXISTS events_path ON events (path, seq);
  CREATE INDEX IF NOT EXISTS events_from_path ON events (from_path, seq) WHERE from_path IS NOT NULL;
  CREATE INDEX IF NOT EXISTS events_actor ON events (actor, seq);
  CREATE INDEX IF NOT EXISTS events_correlation ON events (correlation, seq);
  CREATE TABLE IF NOT EXISTS objects (sha TEXT PRIMARY KEY, size_bytes INTEGER NOT NULL, project TEXT, path TEXT, created_seq INTEGER, hot INTEGER NOT NULL,
    cold_bucket TEXT, cold_key TEXT, cold_verified_at INTEGER, cold_stored INTEGER) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS objects_compressed ON objects (project, size_bytes, cold_stored) WHERE cold_stored IS NOT NULL;
  CREATE TABLE IF NOT EXISTS reads (sha TEXT PRIMARY KEY, read_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS activity (project TEXT NOT NULL, hour INTEGER NOT NULL, commits INTEGER NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (project, hour)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS activity_hour ON activity (hour);
  CREATE TABLE IF NOT EXISTS totals (id INTEGER PRIMARY KEY CHECK (id = 1), objects INTEGER NOT NULL, cold INTEGER NOT NULL, cold_bytes INTEGER NOT NULL);
  INSERT OR IGNORE INTO totals VALUES (1, 0, 0, 0);
  CREATE TABLE IF NOT EXISTS project_totals (project TEXT PRIMARY KEY, hot INTEGER NOT NULL, cold INTEGER NOT NULL, to_archive INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TRIGGER IF NOT EXISTS objects_added AFTER INSERT ON objects BEGIN ${counted('+', 'NEW')} END;
  CREATE TRIGGER IF NOT EXISTS objects_gone AFTER DELETE ON objects BEGIN ${counted('-', 'OLD')} END;
  CREATE TRIGGER IF NOT EXISTS objects_changed AFTER UPDATE OF size_bytes, project, hot, cold_key, cold_stored ON objects BEGIN
    ${counted('-', 'OLD')} ${counted('+', 'NEW')} END;
`;
