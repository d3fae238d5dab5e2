import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { block, fingerprint, type List, markOf, rowId, TabParts } from './parts.ts';
import { fieldsOf, readEvents } from './testing/sse-reader.ts';

const rowsOf = (rows: readonly (readonly [id: string, text: string])[]): List => ({
  kind: 'list',
  tag: 'tbody',
  id: 'rows',
  rows: rows.map(([id, text]) => ({ id, html: `<tr id="${id}">${text}</tr>` })),
});

/** A list as the browser holds it, patched by what the stream says. */
class BrowserList {
  rows: string[] = [];

  apply(stream: string): void {
    for (const event of readEvents(stream)) {
      const { selector = '', mergeMode = 'morph', fragments = '' } = fieldsOf(event);
      if (event.type === 'datastar-remove-fragments') {
        const gone = selector.split(',').map((id) => id.slice(1));
        this.rows = this.rows.filter((row) => !gone.includes(idOf(row)));
        continue;
      }
      const roots = fragments.match(/<tr .*?<\/tr>/g) ?? [];
      if (fragments.startsWith('<tbody')) this.rows = [...roots];
      else if (mergeMode === 'append') this.rows.push(...roots);
      else if (mergeMode === 'before') this.rows.splice(this.#at(selector.slice(1)), 0, ...roots);
      else for (const root of roots) this.rows[this.#at(idOf(root))] = root;
    }
  }

  #at(id: string): number {
    const at = this.rows.findIndex((row) => idOf(row) === id);
    if (at < 0) throw new Error(`the browser has no row ${id}: it would report an error`);
    return at;
  }
}

const idOf = (row: string): string => /id="([^"]*)"/.exec(row)?.[1] ?? '';

describe('patches of a tab', () => {
  test('what a tab has already is not sent again', () => {
    const tab = new TabParts();
    const parts = [block('a', <p id="a">1</p>), rowsOf([['r1', 'x']])];
    expect(tab.patch(parts)).not.toBe('');
    expect(tab.patch(parts)).toBe('');
  });

  test('a tab that shows the first paint adopts it, and hears only of what changed since', () => {
    const tab = new TabParts();
    tab.adopt([block('a', <p id="a">1</p>), rowsOf([['r1', 'x']])]);
    const patch = tab.patch([block('a', <p id="a">1</p>), rowsOf([['r1', 'y']])]);
    expect(readEvents(patch).map(fieldsOf)).toEqual([{ fragments: '<tr id="r1">y</tr>' }]);
  });

  test('whatever a list was and becomes, the browser ends with what it should show', () => {
    const list = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 120 }), fc.constantFrom('x', 'y')), {
      selector: ([id]) => id,
      maxLength: 90,
    });
    fc.assert(
      fc.property(fc.array(list, { minLength: 1, maxLength: 6 }), fc.boolean(), (states, sorted) => {
        const tab = new TabParts();
        const browser = new BrowserList();
        for (const state of states) {
          const ordered = sorted ? state.toSorted(([a], [b]) => a - b) : state;
          const rows = rowsOf(ordered.map(([id, text]) => [`r${id}`, text]));
          browser.apply(tab.patch([rows]));
          expect(browser.rows).toEqual(rows.rows.map((row) => row.html));
        }
      }),
    );
  });

  test('nothing that is patched is looked into by Datastar, so that it gives no ids that the next patch lacks', () => {
    const { html } = block('a', <p id="a" />);
    expect(html).toBe('<p data-star-ignore="" id="a"></p>');
  });

  test('many changes at once are one patch of the whole list', () => {
    const many = (text: string) => rowsOf(Array.from({ length: 200 }, (_, i) => [`r${i}`, text] as const));
    const tab = new TabParts();
    tab.patch([many('x')]);
    expect(readEvents(tab.patch([many('y')]))).toHaveLength(1);
  });

  test('the mark of a page changes with anything on it', () => {
    const a = markOf([block('a', <p id="a">1</p>), rowsOf([['r1', 'x']])]);
    expect(markOf([block('a', <p id="a">1</p>), rowsOf([['r1', 'x']])])).toBe(a);
    expect(markOf([block('a', <p id="a">2</p>), rowsOf([['r1', 'x']])])).not.toBe(a);
    expect(markOf([block('a', <p id="a">1</p>), rowsOf([['r1', 'y']])])).not.toBe(a);
  });

  test('a row id is safe in a selector, whatever it stands for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (path) => {
        expect(rowId('f', path)).toMatch(/^f-[0-9a-f]{16}$/);
      }),
    );
    expect(fingerprint('a')).not.toBe(fingerprint('b'));
  });
});
