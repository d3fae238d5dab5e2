import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseProjectName } from '../core/model/ids.ts';
import { fakePath, pathFault, type RelPath } from '../core/model/rel-path.ts';
import { parseOpen, parseSpan, toggled } from './tree-state.ts';
import { filesUrl, fileUrl, localPath, withQuery } from './url.ts';

const project = parseProjectName('demo');
const anyPath = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom('/', '&', '?', '#', '%', '+', ' ', '\r', '\n', '"', '<', 'ü', '🦊'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
  })
  .filter((path) => pathFault(path) === undefined)
  .map((path) => path as RelPath);

/** What an address that gives more pages than one also says. */
const noSpan = ({ pages }: { pages?: number }) => (pages === undefined ? {} : { before: 0 });

describe('addresses', () => {
  test('whatever the path, the address gives it back and nothing of it leaves its place', () => {
    fc.assert(
      fc.property(anyPath, anyPath, (path, open) => {
        const url = new URL(fileUrl({ project, prefix: '', open: [{ path: open }] }, path), 'http://fs.test');
        expect(url.pathname).toBe('/p/demo/file');
        expect(url.searchParams.get('path')).toBe(path);
        expect(url.searchParams.get('in')).toBe('.');
        expect(parseOpen(url.searchParams.getAll('open'))).toEqual([{ path: open }]);
        expect(url.hash).toBe('');
      }),
    );
  });

  test('an expanded folder carries its own pages, and so does the directory that is shown', () => {
    const span = { cursor: 'b//c', pages: 3, before: 400 };
    const open = [
      { path: fakePath('docs'), cursor: 'b//c' },
      { path: fakePath('lib'), ...span },
      { path: fakePath('top'), pages: 2 },
      { path: fakePath('src') },
    ];
    const url = new URL(filesUrl({ project, prefix: '', ...span, q: 'a b', open }), 'http://fs.test');
    expect(parseOpen(url.searchParams.getAll('open'))).toEqual(open.map((one) => ({ ...noSpan(one), ...one })));
    expect(parseSpan(url.searchParams.get('cursor') ?? undefined)).toEqual(span);
    expect(url.searchParams.get('q')).toBe('a b');
  });

  test('no address asks for more pages than a screen holds', () => {
    expect(parseSpan('c.6.0')).toEqual({ cursor: 'c.6.0' });
    expect(parseSpan('.5.0')).toMatchObject({ cursor: undefined, pages: 5 });
  });

  test('what is no path in an address is left out', () => {
    expect(parseOpen(['../etc', '', '/abs', 'a\0b', 'docs'])).toEqual([{ path: 'docs' }]);
    expect(parseOpen(Array.from({ length: 100 }, (_, i) => `d${i}`))).toHaveLength(16);
  });

  test('closing a folder closes what is open below it, and nothing beside it', () => {
    const open = ['docs', 'docs/a', 'docs/a/b', 'docs2'].map((path) => ({ path: fakePath(path) }));
    expect(toggled(open, fakePath('docs')).map(({ path }) => path)).toEqual(['docs2']);
    expect(toggled(open, fakePath('src')).at(-1)).toEqual({ path: 'src' });
  });

  test('empty values leave no trace', () => {
    expect(withQuery('/events', { project: undefined, path: '', category: [] })).toBe('/events');
  });

  test.each([
    '//evil.test/a',
    '/\\evil.test',
    '/\t/evil.test',
    'https://evil.test',
    'javascript:alert(1)',
    '',
    undefined,
  ])('after signing in, %j leads to the projects and not away', (next) => {
    expect(localPath(next)).toBe('/projects');
  });

  test('after signing in, a page of this server is where it leads', () => {
    expect(localPath('/p/demo/file?path=a%26b')).toBe('/p/demo/file?path=a%26b');
  });
});
