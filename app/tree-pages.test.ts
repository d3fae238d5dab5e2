// The pages of the tree: whatever is opened and however far one goes, a screen stays short, and nothing is left out.
import { describe, expect, test } from 'vitest';
import { parseProjectName } from '../core/model/ids.ts';
import { fakePath } from '../core/model/rel-path.ts';
import { FakeServices } from './testing/fake-services.ts';
import { loadFound, loadTree, MAX_ROWS, PAGE_ROWS, type Tree, type TreeLine } from './tree-pages.ts';
import type { TreeState } from './url.ts';

const project = parseProjectName('demo');
const name = (i: number) => `top-${String(i).padStart(4, '0')}`;

function filled(top: number, inBig = 0): FakeServices {
  const services = new FakeServices();
  services.project('demo');
  for (let i = 0; i < top; i++) services.put('demo', { path: name(i), content: 'x' });
  for (let i = 0; i < inBig; i++) services.put('demo', { path: `big/${String(i).padStart(4, '0')}`, content: 'x' });
  return services;
}

const at: TreeState = { project, prefix: '', open: [] };
async function loaded(services: FakeServices, tree: TreeState): Promise<Tree> {
  const found = await loadTree(services.queries, tree);
  if (!found) throw new Error('no project');
  return found;
}
const paths = ({ lines }: Pick<Tree, 'lines'>) =>
  lines.flatMap((line) => (line.kind === 'entry' ? [line.row.path as string] : []));
const only = <K extends TreeLine['kind']>({ lines }: Pick<Tree, 'lines'>, kind: K, folder = '') =>
  lines.find(
    (line): line is Extract<TreeLine, { kind: K }> => line.kind === kind && 'folder' in line && line.folder === folder,
  );

describe('pages of the tree', () => {
  test('going on page by page shows every row once, never more than a screen holds, and the rows that left keep their room', async () => {
    const services = filled(2_350);
    let tree = at;
    const seen = new Set<string>();
    for (;;) {
      const now = await loaded(services, tree);
      expect(now.lines.length).toBeLessThanOrEqual(MAX_ROWS + 2);
      const shown = paths(now);
      expect(shown).toEqual(shown.toSorted());
      expect(shown[0]).toBe(name(tree.before ?? 0));
      for (const path of shown) seen.add(path);
      const more = only(now, 'more');
      if (!more) break;
      tree = more.to;
    }
    expect(seen.size).toBe(2_350);
    expect(tree.before).toBeGreaterThan(1_000);
  });

  test('and back up the same way, to the very first row', async () => {
    const services = filled(2_350);
    let tree = at;
    for (
      let more = only(await loaded(services, tree), 'more');
      more;
      more = only(await loaded(services, tree), 'more')
    ) {
      tree = more.to;
    }
    for (
      let less = only(await loaded(services, tree), 'less');
      less;
      less = only(await loaded(services, tree), 'less')
    ) {
      expect(less.before).toBe(tree.before);
      if (!less.to) throw new Error('every page before was shown by this server');
      tree = less.to;
      expect(paths(await loaded(services, tree))[0]).toBe(name(tree.before ?? 0));
    }
    expect(tree).toMatchObject({ cursor: undefined, before: 0 });
  });

  test('an expanded folder pages by itself; the pages that leave are whole and the furthest', async () => {
    const services = filled(500, 2_000);
    let tree: TreeState = { ...at, open: [{ path: fakePath('big') }] };
    const first = await loaded(services, tree);
    expect(paths(first)).toHaveLength(2 * PAGE_ROWS);
    for (let i = 0; i < 9; i++) {
      const more = only(await loaded(services, tree), 'more', 'big');
      if (!more) throw new Error('the folder has more');
      tree = more.to;
    }
    const last = await loaded(services, tree);
    expect(last.lines.length).toBeLessThanOrEqual(MAX_ROWS + 3);
    expect(only(last, 'more', 'big')).toBeUndefined();
    expect(only(last, 'less', 'big')?.before).toBe(
      2_000 - paths(last).filter((path) => path.startsWith('big/')).length,
    );
    expect(paths(last)).toContain('big/1999');
    expect(paths(last)).toContain(name(0));
    const top = only(last, 'more');
    if (!top) throw new Error('the directory has more');
    const further = await loaded(services, top.to);
    expect(further.lines.length).toBeLessThanOrEqual(MAX_ROWS + 3);
    expect(paths(further)).toContain(name(2 * PAGE_ROWS - 2));
  });

  test('an address that was edited to open everything is cut to a screen', async () => {
    const services = new FakeServices();
    const open = Array.from({ length: 16 }, (_, i) => ({ path: fakePath(`d${i}`), pages: 5 }));
    for (const { path } of open)
      for (let i = 0; i < 300; i++) services.put('demo', { path: `${path}/${i}`, content: 'x' });
    const { lines } = await loaded(services, { ...at, open });
    expect(lines.length).toBeLessThanOrEqual(MAX_ROWS + 2 * open.length);
  });

  test('a cursor that no reader of this server was given leads to the start', async () => {
    const less = only(await loaded(filled(300), { ...at, cursor: 'top-0123' }), 'less');
    expect(less).toMatchObject({ to: undefined, before: 0, start: { cursor: undefined, open: [] } });
  });

  test('what a search finds is paged as well, and a project that is not there is none', async () => {
    const services = filled(250);
    const found = await loadFound(services.queries, { ...at, q: 'TOP' }, 'TOP');
    if (!found) throw new Error('no project');
    expect(paths(found)).toHaveLength(100);
    const to = only(found, 'more')?.to;
    expect(to).toMatchObject({ q: 'TOP', pages: 2 });
    expect(paths((await loadFound(services.queries, to ?? at, 'TOP')) ?? { lines: [] })).toHaveLength(200);
    expect(await loadFound(services.queries, { ...at, project: parseProjectName('no') }, 'x')).toBeUndefined();
  });
});
