// What a workspace remembers between starts: per path the base entry with the fingerprint of the file that held it
// (`rows`), the remote versions that are still to come to disk (`behind`), and which commit all that belongs to. It may be
// lost at any time: then all files are read again, no deletion is inferred from what is missing, and history tells old
// versions from edits (`core/sync/stale.ts`).
import type Database from 'better-sqlite3';
import type { Sha } from '../../core/model/ids.ts';
import type { DiskDatabase } from '../disk/disk.ts';
import { LeftOut } from '../ignore/left-out.ts';
import { BehindList } from './behind-list.ts';
import { FileRows } from './file-rows.ts';
import { Intents } from './intents.ts';
import { Landings } from './landings.ts';

export const META_SCHEMA = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;

/** The `current` whose differences to the rows are all in `behind`. */
export interface Base {
  readonly commitSha: Sha;
  readonly manifestSha: Sha;
  readonly revision: number;
}

export class WorkspaceState {
  readonly #opened: DiskDatabase;
  readonly #db: Database.Database;
  readonly #sql;
  /** what the base has, and what the disk had */
  readonly rows: FileRows;
  /** what is still to come to disk */
  readonly behind: BehindList;
  /** what the commit under way puts */
  readonly intents: Intents;
  /** what the project has at ignored paths */
  readonly leftOut: LeftOut;
  /** what is not on the device for sure yet */
  readonly landings: Landings;
  #base: Base | undefined;
  #checkpointed = 0;

  constructor(opened: DiskDatabase) {
    const { db } = opened;
    this.#opened = opened;
    this.#db = db;
    this.#sql = {
      changes: db.prepare<[], { n: number }>('SELECT total_changes() AS n'),
      meta: db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?'),
      dropMeta: db.prepare<[string]>('DELETE FROM meta WHERE key = ?'),
      setMeta: db.prepare<[string, string]>(
        'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      ),
    };
    this.rows = new FileRows(db);
    this.behind = new BehindList(db);
    this.intents = new Intents(db);
    this.leftOut = new LeftOut(db);
    this.landings = new Landings(db);
    this.#base = this.#commitAt('base');
  }

  /** All or nothing, and one write to disk. Nothing in it may await. */
  transaction<T>(work: () => T): T {
    if (this.#db.inTransaction) return work();
    const base = this.#base;
    const undo = [this.rows.mark(), this.behind.mark()];
    try {
      return this.#db.transaction(work)();
    } catch (error) {
      this.#base = base;
      for (const back of undo) back();
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
      if ((this.ahead?.revision ?? 0) <= base.revision) this.#sql.dropMeta.run('ahead');
      this.#sql.dropMeta.run('begun');
    });
    this.#base = base;
  }

  /** This node's newest commit, where it is in the rows and the base does not go on from it: the differences that others
   *  made in between are not noted yet. */
  get ahead(): Base | undefined {
    return this.#commitAt('ahead');
  }

  setAhead(commit: Base): void {
    this.setMeta('ahead', JSON.stringify(commit));
  }

  /** The commit whose differences are being noted: some of them may be in the rows, and on disk. */
  get begun(): Base | undefined {
    return this.#commitAt('begun');
  }

  setBegun(commit: Base): void {
    this.setMeta('begun', JSON.stringify(commit));
  }

  /** As if the file had been lost. */
  forget(): void {
    this.transaction(() => {
      for (const part of [this.rows, this.behind, this.intents, this.leftOut]) part.clear();
      this.landings.forgetRows();
      for (const key of ['base', 'settled', 'ahead', 'begun', 'went-back']) this.#sql.dropMeta.run(key);
    });
    this.#base = undefined;
  }

  /** By how many files the workspace has more, or fewer, through its own commits, ever: what others brought is no part of it. */
  get ownFiles(): number {
    return Number(this.meta('own-files') ?? 0);
  }

  addOwnFiles(more: number): void {
    if (more !== 0) this.setMeta('own-files', String(this.ownFiles + more));
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

  #commitAt(key: 'base' | 'ahead' | 'begun'): Base | undefined {
    const json = this.meta(key);
    return json === undefined ? undefined : (JSON.parse(json) as Base);
  }
}
