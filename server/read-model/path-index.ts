// All paths of all projects, to be searched: a projection of the manifests in a SQLite file of its own, rebuildable at any
// time and never the truth. Full-text tokens are the three-letter pieces of a path, so any part of a name is found. An id is
// the project's number and a count, so that one project's paths are one range of ids, however many the others have.
import type Database from 'better-sqlite3';
import type { ProjectName, Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { openOrReplace } from './open-sqlite.ts';

const SCHEMA_VERSION = 2;

/** `lower` is the path in lower case where that is another one: SQLite knows the case of no letters but a to z.
 *  Segments of the index are merged late: a batch of a first look takes 40 ms at the most then, instead of 150, and a search
 *  is no slower (measured with 300,000 paths). */
const CREATE_TABLES = `
  CREATE TABLE IF NOT EXISTS projects (no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, root TEXT, towards TEXT);
  CREATE TABLE IF NOT EXISTS paths (id INTEGER PRIMARY KEY, no INTEGER NOT NULL, path TEXT NOT NULL, lower TEXT);
  CREATE UNIQUE INDEX IF NOT EXISTS paths_path ON paths (no, path);
  CREATE VIRTUAL TABLE IF NOT EXISTS pieces USING fts5 (path, content='', contentless_delete=1, detail='none', tokenize='trigram');
  INSERT INTO pieces (pieces, rank) VALUES ('automerge', 8), ('crisismerge', 64);
`;

/** Ids of one project: 2^32 paths of each of 2^20 projects stay whole numbers in JavaScript. */
const IDS = 2 ** 32;
/** A search looks at no more paths than this at once, and says where it goes on: some milliseconds, in which the server does
 *  nothing else. */
const LOOKED_AT_ONCE = 20_000;
const FORGOTTEN_AT_ONCE = 1_000;
const PIECE = 3;

export interface PathChange {
  readonly kind: 'added' | 'removed';
  readonly path: RelPath;
}

export interface IndexedProject {
  readonly name: ProjectName;
  /** the manifest whose paths it has; null: none completely yet */
  readonly root: Sha | null;
  /** the manifest whose paths it is getting; null: nothing is under way */
  readonly towards: Sha | null;
}

export interface FoundPaths {
  readonly paths: readonly RelPath[];
  /** give it as `after` to search on; undefined: that was all */
  readonly next: number | undefined;
  /** whether it ended because it had looked at enough: nobody knows yet if there is another */
  readonly isCut: boolean;
}

interface ProjectRow {
  readonly no: number;
  readonly name: ProjectName;
  readonly root: Sha | null;
  readonly towards: Sha | null;
}

export class PathIndex {
  readonly #sqlite: Database.Database;
  readonly #statements: ReturnType<typeof statementsOf>;
  readonly #lookedAtOnce: number;

  /** @param file  made when missing
   *  @param lookedAtOnce  paths that a search looks at before it lets others go on */
  constructor(file: string, tenant: string, lookedAtOnce = LOOKED_AT_ONCE) {
    this.#lookedAtOnce = lookedAtOnce;
    this.#sqlite = openOrReplace(file, { identity: `${SCHEMA_VERSION}:${tenant}`, createTables: CREATE_TABLES });
    this.#statements = statementsOf(this.#sqlite);
  }

  projects(): readonly IndexedProject[] {
    return this.#statements.projects.all().map(({ name, root, towards }) => ({ name, root, towards }));
  }

  project(name: ProjectName): IndexedProject | undefined {
    return this.#statements.project.get(name);
  }

  /** How many paths it has of a project. */
  count(name: ProjectName): number {
    const known = this.#statements.project.get(name);
    return known ? (this.#statements.count.get(known.no) ?? 0) : 0;
  }

  /** What is added from here on is of this manifest, until `finish` says that it is complete. */
  begin(name: ProjectName, towards: Sha): void {
    this.#statements.begin.run(name, towards);
  }

  /** May be repeated: what is there already, or gone already, stays so. */
  apply(name: ProjectName, changes: readonly PathChange[]): void {
    const { project, lastId, insert, insertPieces, idOf, remove, removePieces } = this.#statements;
    this.#sqlite.transaction(() => {
      const no = project.get(name)?.no;
      if (no === undefined) return;
      let last = lastId.get(no * IDS, (no + 1) * IDS) ?? no * IDS;
      for (const { kind, path } of changes) {
        const id = idOf.get(no, path);
        if (kind === 'added' && id === undefined) {
          last += 1;
          const lower = path.toLowerCase();
          insert.run(last, no, path, lower === path ? null : lower);
          insertPieces.run(last, path);
        }
        if (kind === 'removed' && id !== undefined) {
          remove.run(id);
          removePieces.run(id);
        }
      }
    })();
  }

  finish(name: ProjectName): void {
    this.#statements.finish.run(name);
  }

  /** Forgets a part of a project's paths, and then the project.
   *  @returns whether more is left of it */
  forgetSome(name: ProjectName): boolean {
    const { project, firstIds, remove, removePieces, forget, unfinish } = this.#statements;
    return this.#sqlite.transaction(() => {
      const known = project.get(name);
      if (!known) return false;
      const ids = firstIds.all(known.no, FORGOTTEN_AT_ONCE);
      for (const id of ids) {
        remove.run(id);
        removePieces.run(id);
      }
      // What is left says nothing of any manifest any more.
      if (ids.length === FORGOTTEN_AT_ONCE) unfinish.run(name);
      else forget.run(name);
      return ids.length === FORGOTTEN_AT_ONCE;
    })();
  }

  /** Paths that have every one of the words somewhere, in upper or lower case, in the order in which they came.
   *  @param words  none of them empty
   *  @param after  `next` of the page before */
  search(
    name: ProjectName,
    words: readonly string[],
    options: { after?: number | undefined; limit: number },
  ): FoundPaths {
    const { project, idBeyond, byPieces, byText } = this.#statements;
    const known = project.get(name);
    if (!known || words.length === 0) return { paths: [], next: undefined, isCut: false };
    const [first, to] = [known.no * IDS, (known.no + 1) * IDS];
    const after = Math.max(options.after ?? first, first);
    const wanted = words.map((word) => word.toLowerCase());
    const pieces = piecesOf(words);
    // Words without a piece are looked for in one path after the other, also in all that do not have them.
    const beyond = pieces.length > 0 ? undefined : idBeyond.get(after, to, this.#lookedAtOnce);
    const candidates =
      pieces.length > 0
        ? byPieces.iterate({ after, to, pieces: pieces.map(quoted).join(' ') })
        : byText.iterate({ after, to: beyond ?? to, lower: wanted[0] ?? '' });
    const paths: RelPath[] = [];
    let looked = 0;
    let last = after;
    for (const { id, path } of candidates) {
      if (looked === this.#lookedAtOnce) return { paths, next: last, isCut: true };
      looked += 1;
      const lower = path.toLowerCase();
      if (wanted.every((word) => lower.includes(word))) {
        if (paths.length === options.limit) return { paths, next: last, isCut: false };
        paths.push(path);
      }
      last = id;
    }
    return { paths, next: beyond === undefined ? undefined : beyond - 1, isCut: beyond !== undefined };
  }

  close(): void {
    this.#sqlite.close();
  }
}

/** Side by side, and the last one: what a word has in between is looked for in the few paths that have these. Of words that are
 *  shorter than a piece there are none. */
function piecesOf(words: readonly string[]): string[] {
  const pieces = new Set<string>();
  for (const word of words) {
    const letters = Array.from(word);
    for (let i = 0; i + PIECE <= letters.length; i += PIECE) pieces.add(letters.slice(i, i + PIECE).join(''));
    if (letters.length > PIECE) pieces.add(letters.slice(-PIECE).join(''));
  }
  return [...pieces];
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

interface Candidate {
  readonly id: number;
  readonly path: RelPath;
}
interface Range {
  readonly after: number;
  readonly to: number;
}

/** A number above 2^31 is bound as a real one, which full text does not take for a row's id: it is cast. */
function statementsOf(sqlite: Database.Database) {
  const of = <P extends unknown[] | object, R = unknown>(text: string) => sqlite.prepare<P, R>(text);
  const one = <P extends unknown[], R>(text: string) => sqlite.prepare<P, R>(text).pluck() as Database.Statement<P, R>;
  return {
    projects: of<[], ProjectRow>('SELECT no, name, root, towards FROM projects ORDER BY no'),
    project: of<[ProjectName], ProjectRow>('SELECT no, name, root, towards FROM projects WHERE name = ?'),
    begin: of<[ProjectName, Sha]>(
      'INSERT INTO projects (name, towards) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET towards = excluded.towards',
    ),
    finish: of<[ProjectName]>(
      'UPDATE projects SET root = towards, towards = NULL WHERE name = ? AND towards IS NOT NULL',
    ),
    unfinish: of<[ProjectName]>('UPDATE projects SET root = NULL, towards = NULL WHERE name = ?'),
    forget: of<[ProjectName]>('DELETE FROM projects WHERE name = ?'),
    count: one<[number], number>('SELECT count(*) FROM paths WHERE no = ?'),
    lastId: one<[number, number], number>('SELECT id FROM paths WHERE id > ? AND id < ? ORDER BY id DESC LIMIT 1'),
    idBeyond: one<[number, number, number], number>(
      'SELECT id FROM paths WHERE id > ? AND id < ? ORDER BY id LIMIT 1 OFFSET ?',
    ),
    idOf: one<[number, RelPath], number>('SELECT id FROM paths WHERE no = ? AND path = ?'),
    firstIds: one<[number, number], number>('SELECT id FROM paths WHERE no = ? LIMIT ?'),
    insert: of<[number, number, RelPath, string | null]>('INSERT INTO paths (id, no, path, lower) VALUES (?, ?, ?, ?)'),
    insertPieces: of<[number, RelPath]>('INSERT INTO pieces (rowid, path) VALUES (CAST(? AS INTEGER), ?)'),
    remove: of<[number]>('DELETE FROM paths WHERE id = ?'),
    removePieces: of<[number]>('DELETE FROM pieces WHERE rowid = CAST(? AS INTEGER)'),
    byPieces: of<Range & { readonly pieces: string }, Candidate>(
      `SELECT paths.id, paths.path FROM pieces JOIN paths ON paths.id = pieces.rowid
       WHERE pieces MATCH @pieces AND pieces.rowid > CAST(@after AS INTEGER) AND pieces.rowid < CAST(@to AS INTEGER) ORDER BY pieces.rowid`,
    ),
    byText: of<Range & { readonly lower: string }, Candidate>(
      `SELECT id, path FROM paths
       WHERE id > @after AND id < @to AND instr(coalesce(lower, path), @lower) > 0 ORDER BY id`,
    ),
  };
}
