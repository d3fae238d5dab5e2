// What lay at paths before something was brought there or removed, kept until the change is known to be on the device. A
// power loss can take a name and leave its record, because SQLite's log may reach the device before the directory does:
// the file would look as if somebody here had deleted it (I9).
import type Database from 'better-sqlite3';
import { entrySchema } from '../../core/model/entry.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { sameVersion, type Version } from '../../core/sync/plan.ts';
import { ASKED_FOR } from './behind-list.ts';
import type { Row } from './file-rows.ts';
import type { WorkspaceState } from './state.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS landings (
    seq INTEGER PRIMARY KEY, path TEXT NOT NULL, entry TEXT, fingerprint TEXT NOT NULL
  );
`;

interface LandingRecord {
  seq: number;
  path: string;
  entry: string | null;
  fingerprint: string;
}

export class Landings {
  readonly #sql;

  constructor(db: Database.Database) {
    db.exec(SCHEMA);
    this.#sql = {
      add: db.prepare<[string, string | null, string]>(
        'INSERT INTO landings (path, entry, fingerprint) VALUES (?, ?, ?)',
      ),
      newest: db.prepare<[], { seq: number | null }>('SELECT max(seq) AS seq FROM landings'),
      paths: db.prepare<[], { path: string }>('SELECT DISTINCT path FROM landings'),
      drop: db.prepare<[number]>('DELETE FROM landings WHERE seq <= ?'),
      forgetRows: db.prepare<[]>("UPDATE landings SET entry = NULL, fingerprint = ''"),
      all: db.prepare<[], LandingRecord>('SELECT * FROM landings ORDER BY seq DESC'),
    };
  }

  /** @param was  the row of the path until now */
  add(path: RelPath, was: Row | undefined): void {
    this.#sql.add.run(path, was ? JSON.stringify(was.entry) : null, was?.fingerprint ?? '');
  }

  /** The newest so far; undefined: none. */
  get newest(): number | undefined {
    return this.#sql.newest.get()?.seq ?? undefined;
  }

  /** Where they are. */
  paths(): RelPath[] {
    return this.#sql.paths.all().map(({ path }) => path as RelPath);
  }

  /** They are on the device, up to this one. */
  durable(newest: number): void {
    this.#sql.drop.run(newest);
  }

  /** After the machine went down: nothing of them is taken for granted. The rows say again what was before, and the
   *  project's version is behind: where it is on disk after all, the disk and the project agree.
   *  @param isAskedFor  whether only what a person asked for ever lands here
   *  @returns how many there were */
  takeBack(state: WorkspaceState, now: number, isAskedFor: boolean): number {
    const records = this.#sql.all.all();
    // Newest first, so that the oldest of each path is what counts.
    const before = new Map<RelPath, Row | undefined>();
    for (const { path, entry, fingerprint } of records) {
      before.set(
        path as RelPath,
        entry === null ? undefined : { entry: entrySchema.parse(JSON.parse(entry)), fingerprint },
      );
    }
    state.transaction(() => {
      const revision = isAskedFor ? ASKED_FOR : (state.base?.revision ?? 0);
      const note = (path: RelPath, entry: Version) => {
        if (!state.behind.at(path)) state.behind.put({ path, entry, revision, since: now });
      };
      // All is noted before a row changes: a row that comes back takes those away that cannot be beside it.
      for (const [path, was] of before) {
        const row = state.rows.at(path);
        const isSame = sameVersion(row?.entry, was?.entry);
        // It went and came again, and the device may have only the one or the other: without a row, nothing that is missing
        // there counts as deleted here.
        if (isSame) before.set(path, undefined);
        if (isSame && !row) continue;
        note(path, row?.entry);
        if (row || !was) continue;
        for (const { entry } of state.rows.inTheWayOf(was.entry)) note(entry.path, entry);
      }
      for (const [path, was] of before) {
        if (was) state.rows.put(was.entry, was.fingerprint);
        else state.rows.drop(path);
      }
      this.clear();
    });
    return records.length;
  }

  /** What the rows said before means nothing any more. What lies there is no safer by that: its directories are still to be
   *  synced, and until then what is missing after a power loss is nobody's deletion. */
  forgetRows(): void {
    this.#sql.forgetRows.run();
  }

  clear(): void {
    this.#sql.drop.run(Number.MAX_SAFE_INTEGER);
  }
}
