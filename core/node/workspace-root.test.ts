import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainRoot, readRoot } from './workspace-root.ts';

test.each([
  ['demo', 'demo'],
  ['./a//b/', 'a/b'],
  ['/srv//demo/', '/srv/demo'],
  ['/srv/./demo', '/srv/demo'],
  ['a/..b', 'a/..b'],
])('one directory has one name: %j is %j', (text, root) => {
  expect(readRoot(text)).toEqual({ kind: 'root', root });
});

test.each([
  ['../../evil', /"\.\." segment/],
  ['/srv/../etc', /"\.\." segment/],
  ['/', /whole disk/],
  ['//./', /whole disk/],
  ['', /names no directory/],
  ['./', /names no directory/],
  ['a\nb', /control character/],
  ['x'.repeat(4097), /longer than 4,096/],
])('I11: what no node takes is refused before one is asked: %j', (text, fault) => {
  expect(readRoot(text)).toEqual({ kind: 'fault', fault: expect.stringMatching(fault) });
});

test('a name that is plain stays what it is', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(plainRoot(plainRoot(text))).toBe(plainRoot(text));
    }),
  );
});
