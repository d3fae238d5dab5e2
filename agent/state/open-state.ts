// The file of a workspace's state: opened, made when there is none, and replaced when it is damaged or of another version,
// because it may be lost at any time (`state.ts`).
//
// `synchronous = NORMAL`: a power loss may take the last records back, never tear the file. Records that went back look
// like a crash between rename and record, which the agent has to survive anyway; FULL would buy nothing and cost an
// fsync a batch. A checkpoint when the workspace comes to rest bounds how far back that is.
import Database from 'better-sqlite3';
import type { Disk, DiskDatabase } from '../disk/disk.ts';
import { LEFT_OUT_SCHEMA } from '../ignore/left-out.ts';
import { BEHIND_SCHEMA } from './behind-list.ts';
import { FILES_SCHEMA } from './file-rows.ts';
import { INTENTS_SCHEMA } from './intents.ts';
import { META_SCHEMA, WorkspaceState } from './state.ts';

const SCHEMA_VERSION = 4;

const SCHEMA = META_SCHEMA + FILES_SCHEMA + BEHIND_SCHEMA + INTENTS_SCHEMA;

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
