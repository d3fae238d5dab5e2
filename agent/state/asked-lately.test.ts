// What is remembered of the tables always says what they say.
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entry } from '../../core/model/entry.ts';
import { fakeSha } from '../../core/model/ids.ts';
import { fakePath, type RelPath } from '../../core/model/rel-path.ts';
import { AskedLately } from './asked-lately.ts';
import { BEHIND_SCHEMA, BehindList } from './behind-list.ts';
import { FILES_SCHEMA, FileRows } from './file-rows.ts';

const PATHS = ['a', 'a/b', 'a/b/c', 'a/d', 'e', 'e/.fsignore'].map(fakePath);
const entryAt = (path: RelPath, n: number): Entry =>
  n % 4 === 0
    ? { path, dir: true, mode: 0o755 }
    : { path, sha: fakeSha(String(n)), size: n, mode: 0o644, mtime: 1_000 + n };

const steps = fc.array(
  fc.record({
    act: fc.constantFrom('put', 'put', 'put', 'drop', 'look', 'answer', 'page', 'clear', 'fail'),
    path: fc.constantFrom(...PATHS),
    n: fc.nat(20),
    gone: fc.boolean(),
  }),
  { maxLength: 40 },
);

test('rows are told as the table has them, whatever came, went and was taken back', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const db = new Database(':memory:').exec(FILES_SCHEMA);
      const rows = new FileRows(db);
      for (const { act, path, n } of all) {
        const back = act === 'fail' ? rows.mark() : undefined;
        if (back) db.exec('SAVEPOINT s');
        if (act === 'put' || back) rows.put(entryAt(path, n), `${n}:1:2:${n}:4`);
        else if (act === 'drop') rows.drop(path);
        else if (act === 'clear') rows.clear();
        else rows.inTheWayOf(entryAt(path, n));
        if (back) db.exec('ROLLBACK TO s; RELEASE s');
        back?.();
        const anew = new FileRows(db);
        for (const each of PATHS) expect(rows.at(each)).toEqual(anew.at(each));
        expect(rows.totals).toEqual(anew.totals);
      }
      db.close();
    }),
    { numRuns: 150 },
  );
});

test('what is behind is told as the list has it, whatever came, was answered and was taken back', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const db = new Database(':memory:').exec(BEHIND_SCHEMA);
      const list = new BehindList(db);
      for (const { act, path, n, gone } of all) {
        const back = act === 'fail' ? list.mark() : undefined;
        if (back) db.exec('SAVEPOINT s');
        const behind = { path, entry: gone ? undefined : entryAt(path, n), revision: n, since: 5 };
        if (act === 'put' || back) list.put(behind);
        else if (act === 'drop') list.drop(path);
        else if (act === 'answer') list.answer(path, n);
        else if (act === 'clear') list.clear();
        else if (act === 'page') list.nextPuts('', 3);
        else list.at(path);
        if (back) db.exec('ROLLBACK TO s; RELEASE s');
        back?.();
        const anew = new BehindList(db);
        for (const each of PATHS) expect(list.at(each)).toEqual(anew.at(each));
        expect([list.count, list.bytes, [...list.rules]]).toEqual([anew.count, anew.bytes, [...anew.rules]]);
      }
      db.close();
    }),
    { numRuns: 150 },
  );
});

test('it stays small, and knows what is not there as well', () => {
  const lately = new AskedLately<number>();
  let asked = 0;
  const ask = (n: number) =>
    lately.get(fakePath(`p${n}`), () => {
      asked++;
      return n % 2 === 0 ? n : undefined;
    });
  for (let n = 0; n < 5_000; n++) ask(n);
  expect(asked).toBe(5_000);
  expect([ask(4_998), ask(4_999), asked]).toEqual([4_998, undefined, 5_000]);
  expect([ask(0), asked]).toEqual([0, 5_001]);
});
