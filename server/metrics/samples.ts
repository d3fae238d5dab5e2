// The samples of the last week, in a SQLite file of their own: unlike the read model they cannot be read again from NATS, so
// no change of its shape drops them. One row a step holds all series as JSON: a new series needs no new shape here either.
// Fine steps are kept for some hours, coarse ones for a week: some 3,000 rows, whatever happens.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { fold, foldPoints, stepOf } from '../../app/metrics-fold.ts';
import type { MetricPoint, MetricsHistory, MetricsQuery } from '../../app/metrics-view.ts';

export const SAMPLE_MS = 15_000;
export const COARSE_MS = 5 * 60_000;
const FINE_KEPT_MS = 2 * 3_600_000;
export const SAMPLES_KEPT_MS = 7 * 24 * 3_600_000;
/** SQLite's own mark in the file's head; another shape is another number. */
const SHAPE = 1;

const CREATE = `
  CREATE TABLE IF NOT EXISTS samples (step_ms INTEGER NOT NULL, at INTEGER NOT NULL, vals TEXT NOT NULL, PRIMARY KEY (step_ms, at)) WITHOUT ROWID;
  PRAGMA user_version = ${SHAPE};
`;

type Values = MetricPoint['values'];
interface Row {
  readonly at: number;
  readonly vals: string;
}

export class Samples {
  readonly #sqlite: Database.Database;

  /** @param file  made when missing; one that is damaged is made anew */
  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.#sqlite = openOrReplace(file);
  }

  /** @param at  when it was taken; milliseconds since 1970 */
  put(at: number, values: Values): void {
    const write = this.#sqlite.prepare<[number, number, string]>('INSERT OR REPLACE INTO samples VALUES (?, ?, ?)');
    const forget = this.#sqlite.prepare<[number, number]>('DELETE FROM samples WHERE step_ms = ? AND at < ?');
    this.#sqlite.transaction(() => {
      write.run(SAMPLE_MS, stepOf(at, SAMPLE_MS), JSON.stringify(values));
      // The coarse step that is not over is written again with each sample, so that no restart loses a part of it.
      const coarse = stepOf(at, COARSE_MS);
      const parts = this.#rows(SAMPLE_MS, coarse, coarse + COARSE_MS).map(({ vals }) => JSON.parse(vals) as Values);
      write.run(COARSE_MS, coarse, JSON.stringify(fold(parts)));
      forget.run(SAMPLE_MS, at - FINE_KEPT_MS);
      forget.run(COARSE_MS, at - SAMPLES_KEPT_MS);
    })();
  }

  read({ from, to, stepMs }: MetricsQuery): MetricsHistory {
    const kept = stepMs < COARSE_MS ? SAMPLE_MS : COARSE_MS;
    const points = this.#rows(kept, from, to).map(({ at, vals }) => ({ at, values: JSON.parse(vals) as Values }));
    const newest = this.#sqlite.prepare('SELECT max(at) FROM samples WHERE step_ms = ?').pluck().get(SAMPLE_MS);
    return {
      points: foldPoints(points, stepMs),
      newestAt: typeof newest === 'number' ? newest : undefined,
    };
  }

  close(): void {
    this.#sqlite.close();
  }

  #rows(stepMs: number, from: number, to: number): Row[] {
    const select = 'SELECT at, vals FROM samples WHERE step_ms = ? AND at >= ? AND at < ? ORDER BY at';
    return this.#sqlite.prepare<[number, number, number], Row>(select).all(stepMs, from, to);
  }
}

/** A history that cannot be read is worth less than a server that starts. */
function openOrReplace(file: string): Database.Database {
  try {
    return open(file);
  } catch (error) {
    if (!(error instanceof Database.SqliteError) && !(error instanceof StrangeShapeError)) throw error;
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
    return open(file);
  }
}

class StrangeShapeError extends Error {
  override name = 'StrangeShapeError';
}

/** @throws SqliteError, StrangeShapeError  it is no such file */
function open(file: string): Database.Database {
  const sqlite = new Database(file);
  try {
    const shape = sqlite.pragma('user_version', { simple: true });
    if (shape !== 0 && shape !== SHAPE) throw new StrangeShapeError(`${file} has shape ${shape}, not ${SHAPE}`);
    sqlite.pragma('journal_mode = WAL');
    sqlite.pragma('synchronous = NORMAL');
    sqlite.exec(CREATE);
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}
