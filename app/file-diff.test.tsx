import { expect, test } from 'vitest';
import { LineText } from './file-diff.tsx';

const shown = (text: string) => (<LineText text={text} />).toString().replace(/<[^>]+>/g, '');

test('the spaces and tabs that lay a line out are plain; what cannot be seen is named, also at its end', () => {
  expect(shown('    return x;')).toBe('    return x;');
  expect(shown('\t  two')).toBe('\t  two');
  expect(shown('    ')).toBe('    ');
  expect(shown('trailing ')).toBe('trailing␣');
  expect(shown('  a\u202eb')).toBe('  aU+202Eb');
  expect(shown('crlf\r')).toBe('crlf');
});
