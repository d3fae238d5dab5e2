import { expect, test } from 'vitest';
import { legibleJson } from './legible-json.ts';

test('indentation is plain, what is hidden in a string is seen, and it is JSON still', () => {
  const value = { path: 'invoice\u202efdp.exe', entry: { name: ' a\u00a0' } };
  const shown = legibleJson(value);
  expect(shown).toBe('{\n  "path": "invoice\\u202efdp.exe",\n  "entry": {\n    "name": " a\u00a0"\n  }\n}');
  expect(JSON.parse(shown)).toEqual(value);
});
