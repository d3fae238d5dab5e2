// What is ignored, by names and by rules. The answers for rules are those of `git check-ignore`.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ancestorsOf, fakePath, type RelPath } from '../../core/model/rel-path.ts';
import { IgnoreRules } from './ignore-rules.ts';

type Files = Readonly<Record<string, string>>;

function rulesOf(files: Files, prefix?: string): IgnoreRules {
  const rules = new IgnoreRules(prefix === undefined ? undefined : fakePath(prefix));
  for (const [dir, text] of Object.entries(files)) rules.set(dir === '' ? '' : fakePath(dir), text);
  return rules;
}

/** @param path  a directory's ends with a slash */
const ignores = (rules: IgnoreRules, path: string): boolean =>
  rules.ignores(fakePath(path.replace(/\/$/, '')), path.endsWith('/'));

describe.each<[string, Files, readonly string[], readonly string[]]>([
  ['a name counts at any depth', { '': '*.log' }, ['a.log', 'x/y/b.log', 'x.log/'], ['a.logs', 'A.LOG']],
  ['a slash holds a rule to its directory', { '': '/out\na/b' }, ['out', 'out/', 'a/b'], ['x/out', 'x/a/b']],
  ['a slash at the end means directories', { '': 'build/' }, ['build/', 'x/build/', 'build/a/b'], ['build', 'x/build']],
  ['the last line decides', { '': '*.log\n!keep.log' }, ['a.log'], ['keep.log', 'x/keep.log']],
  ['nothing comes back below an ignored directory', { '': 'out/\n!out/keep' }, ['out/keep'], []],
  ['stars may span directories', { '': 'a/**/z\n**/tmp\nlib/**' }, ['a/z', 'a/b/c/z', 'x/tmp', 'lib/x'], ['z', 'lib/']],
  ['the nearest file decides', { '': '*.log', a: '!*.log', 'a/b': 'x.log' }, ['x.log', 'a/b/x.log'], ['a/x.log']],
  [
    'rules of a directory stay in it',
    { a: '/one\ntwo' },
    ['a/one', 'a/two', 'a/b/two'],
    ['one', 'two', 'a/b/one', 'b/two'],
  ],
  ['a directory taken back keeps the other rules', { '': 'build/\n*.o', a: '!build/' }, ['a/build/x.o'], ['a/build/x']],
  ['a directory’s name is no pattern', { 'a*[b]': 'x' }, ['a*[b]/x'], ['ab/x', 'aab/x', 'a*b/x']],
  [
    'comments, blank lines and Windows line ends',
    { '': '\ufeff# *\r\n\r\n*.log  \r\n\\#x' },
    ['a.log', '#x'],
    ['b', '#'],
  ],
  [
    'rules that can never match leave the others alone',
    { '': '[a\nfoo\\\n!\n../x\n*.log' },
    ['a.log'],
    ['a', 'x', 'foo'],
  ],
])('%s', (_, files, left, kept) => {
  const rules = rulesOf(files);
  test.each(left.map((path) => [path]))('ignored: %s', (path) => expect(ignores(rules, path)).toBe(true));
  test.each(kept.map((path) => [path]))('carried: %s', (path) => expect(ignores(rules, path)).toBe(false));
});

test('our own folder is ignored and the rules themselves are not, whatever a rule says', () => {
  const rules = rulesOf({ '': '*\n!.fs-sync\n!.fs-sync/**' });
  expect(ignores(rules, '.fs-sync/')).toBe(true);
  expect(ignores(rules, '.fs-sync/workspace.json')).toBe(true);
  expect(ignores(rules, '.fsignore')).toBe(false);
  expect(ignores(rulesOf({ '': '.fsignore' }), 'a/.fsignore')).toBe(false);
  expect(ignores(rulesOf({ '': 'a/' }), 'a/.fsignore')).toBe(true);
});

test.each([
  ['.notes.md.swp'],
  ['.notes.md.swx'],
  ['.swp'],
  ['.DS_Store'],
  ['.#notes.md'],
  ['#notes.md#'],
  ['notes.md___jb_tmp___'],
  ['notes.md___jb_old___'],
  ['~$report.docx'],
  ['.~lock.report.odt#'],
  ['.goutputstream-9ZQ3W2'],
  ['.notes.md.kate-swp'],
  ['.nfs00000000004a1c2e00000001'],
  ['.fuse_hidden0000000300000001'],
  ['.syncthing.notes.md.tmp'],
  ['~syncthing~notes.md.tmp'],
])('a program’s temporary file is ignored, and a rule takes it back: %s', (name) => {
  expect(ignores(rulesOf({}), `docs/${name}`)).toBe(true);
  expect(ignores(rulesOf({ '': '*.log' }), name)).toBe(true);
  const escaped = name.replace(/[#*[\]\\]/g, '\\$&');
  expect(ignores(rulesOf({ '': `!${escaped}` }), `docs/${name}`)).toBe(false);
});

test.each([
  ['notes.md~'],
  ['4913'],
  ['DS_Store'],
  ['notes.tmp'],
  ['movie.swp'],
  ['#'],
  ['#1 hit'],
  ['.env.sample'],
  ['.goutputstream'],
  ['~notes'],
  ['.nfs'],
  ['.git'],
])('what may be somebody’s data is carried: %s', (name) => {
  expect(ignores(rulesOf({}), name)).toBe(false);
});

test('rules above a sub-path count in it, and its own come after', () => {
  const rules = rulesOf({ '': '*.log\n/docs/en/out', docs: '!keep.log', 'docs/en': 'own' }, 'docs/en');
  expect(ignores(rules, 'a.log')).toBe(true);
  expect(ignores(rules, 'x/keep.log')).toBe(false);
  expect(ignores(rules, 'out')).toBe(true);
  expect(ignores(rules, 'own')).toBe(true);
  expect(ignores(rules, 'docs/en/out')).toBe(false);
});

test('who makes a workspace of an ignored directory gets it: only rules below its root count', () => {
  const rules = rulesOf({ '': 'cache/\n*.log', 'cache/a': '*.tmp' }, 'cache/a');
  expect(ignores(rules, 'file')).toBe(false);
  expect(ignores(rules, 'x.log')).toBe(false);
  expect(ignores(rules, 'x.tmp')).toBe(true);
});

test('a change of a file counts at once, and is told apart from none', () => {
  const rules = rulesOf({ '': '*.log' });
  expect(ignores(rules, 'x/a.log')).toBe(true);
  expect(rules.set('', '*.log')).toBe(false);
  expect(rules.set('', '*.tmp')).toBe(true);
  expect(ignores(rules, 'x/a.log')).toBe(false);
  expect(rules.set('', undefined)).toBe(true);
  expect(rules.set('', undefined)).toBe(false);
  expect(ignores(rules, 'a.tmp')).toBe(false);
  expect(rules.knows('')).toBe(false);
});

test('rules are applied when everything was looked at since their last change', () => {
  const rules = rulesOf({ '': '*.log' });
  expect(rules.areApplied).toBe(false);
  const before = rules.changes;
  rules.set('', '*.tmp');
  rules.applied(before);
  expect(rules.areApplied).toBe(false);
  rules.applied(rules.changes);
  expect(rules.areApplied).toBe(true);
  rules.set('', '*.tmp');
  expect(rules.areApplied).toBe(true);
  rules.set('', undefined);
  expect(rules.areApplied).toBe(false);
});

const segment = fc.constantFrom('a', 'b', 'build', 'x.o', 'we ird', 'c[1]', '.hidden');
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => fakePath(parts.join('/')));
const rule = fc.constantFrom(
  'a',
  '*.o',
  'build/',
  '/b',
  'a/**/b',
  '!x.o',
  '!build/',
  '*',
  '!*/',
  'c\\[1\\]',
  '**/a',
  'b/*',
);
const text = fc.array(rule, { maxLength: 4 }).map((lines) => lines.join('\n'));

test('what is below an ignored directory is ignored, whatever the rules', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(path, text), { maxLength: 4 }),
      text,
      path,
      fc.boolean(),
      (files, top, at, isDirectory) => {
        const rules = rulesOf({ '': top, ...Object.fromEntries(files) });
        const above = ancestorsOf(at).some((dir) => rules.ignores(dir, true));
        expect(!above || rules.ignores(at, isDirectory)).toBe(true);
      },
    ),
  );
});

test('the answer is the same whatever was asked before', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(path, text), { maxLength: 4 }), fc.array(path, { minLength: 1 }), (files, paths) => {
      const asked = rulesOf(Object.fromEntries(files));
      const fresh = (one: RelPath) => rulesOf(Object.fromEntries(files)).ignores(one, false);
      for (const one of paths) expect(asked.ignores(one, false)).toBe(fresh(one));
    }),
    { numRuns: 50 },
  );
});

test('a sub-path sees the same as the whole project, unless its root itself is ignored', () => {
  fc.assert(
    fc.property(text, text, path, (top, own, at) => {
      const whole = rulesOf({ '': top, b: own });
      const part = rulesOf({ '': top, b: own }, 'b');
      fc.pre(!whole.ignores(fakePath('b'), true));
      expect(part.ignores(at, false)).toBe(whole.ignores(fakePath(`b/${at}`), false));
    }),
  );
});

test('more paths than the library’s memory is allowed to hold give the same answers', () => {
  const rules = rulesOf({ '': '*.log' });
  for (let i = 0; i < 25_000; i++) {
    if (rules.ignores(`d/${i}.log` as RelPath, false) && !rules.ignores(`d/${i}.txt` as RelPath, false)) continue;
    expect.fail(`d/${i} is judged wrongly`);
  }
  expect(ignores(rules, 'd/1.log')).toBe(true);
});
