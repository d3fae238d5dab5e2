import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pieces, VisibleText, visible } from './visible-text.tsx';

describe('names that cannot lie', () => {
  test.each([
    ['plain.txt', 'plain.txt'],
    ['invoice\u202efdp.exe', 'invoice⟨U+202E⟩fdp.exe'],
    ['a\r\nb', 'a⟨\\r⟩⟨\\n⟩b'],
    ['zero\u200bwidth', 'zero⟨U+200B⟩width'],
    ['tag\u{e0041}', 'tag⟨U+E0041⟩'],
    ['\u0000\u007f\u0085', '⟨U+0000⟩⟨U+007F⟩⟨U+0085⟩'],
    ['עברית 🦊 \u00e9', 'עברית 🦊 \u00e9'],
    [' a b  ', '⟨␣⟩a b⟨␣⟩⟨␣⟩'],
    ['\u00a0a\u3000', '⟨U+00A0⟩a⟨U+3000⟩'],
    ['  ', '⟨␣⟩⟨␣⟩'],
    ['re\u0301sume\u0301.txt', 're\u0301sume\u0301.txt⟨NFD⟩'],
    ['नमस्ते', 'नमस्ते'],
  ])('%j reads %j', (name, shown) => expect(visible(name)).toBe(shown));

  test('nothing is lost: the pieces are the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(
          pieces(name)
            .map((piece) => (piece.kind === 'text' ? piece.text : piece.char))
            .join(''),
        ).toBe(name);
      }),
    );
  });

  test('two names that look alike are not shown alike', () => {
    const shown = (name: string) => String(<VisibleText value={name} />);
    expect(shown('\u00e9')).toBe('<bdi>\u00e9</bdi>');
    expect(shown('e\u0301')).toMatch(
      /^<bdi><bdi>e\u0301<\/bdi><span class="ctl" title="Accented .*">NFD<\/span><\/bdi>$/,
    );
    expect(shown('a ')).toBe('<bdi><bdi>a</bdi><span class="ctl" title="U+0020 space">␣</span></bdi>');
    expect(visible('a ')).not.toBe(visible('a'));
  });

  test('what is shown holds no invisible character, and is escaped', () => {
    const html = String(<VisibleText value={'<b>"\u202e'} />);
    expect(html).toBe(
      '<bdi><bdi>&lt;b&gt;&quot;</bdi><span class="ctl" title="U+202E right-to-left override">U+202E</span></bdi>',
    );
  });
});
