import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attachment } from './attachment.ts';

/** The exact name, as a browser reads it from the header. */
function nameIn(header: string): string {
  const encoded = /filename\*=UTF-8''(\S*)$/.exec(header)?.[1];
  if (encoded === undefined) throw new Error(`no extended name in ${header}`);
  return decodeURIComponent(encoded);
}

describe('the name of a download', () => {
  test('a plain name is itself in both forms', () => {
    expect(attachment('report.pdf')).toBe(`attachment; filename="report.pdf"; filename*=UTF-8''report.pdf`);
  });

  test.each([
    ['a"b\\c.txt', 'a_b_c.txt'],
    ['x\r\nSet-Cookie: a=b', 'x__Set-Cookie: a=b'],
    ['50%41.txt', '50_41.txt'],
    ['日本.txt', '__.txt'],
    ['invoice\u202efdp.exe', 'invoice_fdp.exe'],
    ['🦊', '_'],
    [' ', 'file'],
  ])('%j has the ASCII form %j', (name, ascii) => {
    expect(attachment(name)).toContain(`; filename="${ascii}"; `);
    expect(nameIn(attachment(name))).toBe(name);
  });

  test('whatever the name, the header is one line of ASCII, can be sent, and gives the name back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
        const header = attachment(name);
        expect(header).toMatch(/^[\x20-\x7e]+$/);
        expect(new Headers({ 'content-disposition': header }).get('content-disposition')).toBe(header);
        expect(nameIn(header)).toBe(name);
      }),
    );
  });
});
