import fc from 'fast-check';
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { describe, expect, test } from 'vitest';

const html = (node: Child): string => String(node);

const REFERENCES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#13': '\r' };
/** As a browser reads text. */
const parsed = (text: string): string => text.replace(/&([a-z]+|#\d+);/g, (all, name) => REFERENCES[name] ?? all);

describe('what JSX compiles to', () => {
  test('any text comes back byte for byte, as a child and as an attribute, and starts nothing of its own', () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom(...'&<>"\'\r\n;#'), fc.string({ minLength: 1, maxLength: 1 })),
    });
    fc.assert(
      fc.property(text, (value) => {
        const [, attribute = '', child = ''] = /^<p title="([^"<>'\r]*)">([^"<>'\r]*)<\/p>$/.exec(
          html(<p title={value}>{value}</p>),
        ) ?? [undefined, 'no such element'];
        expect(parsed(attribute)).toBe(value);
        expect(parsed(child)).toBe(value);
      }),
    );
  });

  test('an element inside another is not escaped again, however it got there', () => {
    const Bold = ({ children }: { children: Child }) => <b>{children}</b>;
    const parts = ['a', 'b'].map((word) => <i>{word}</i>);
    expect(
      html(
        <p>
          <Bold>&lt;{1}</Bold>
          {parts}
          <>
            {raw('<hr/>')}
            {'<'}
          </>
        </p>,
      ),
    ).toBe('<p><b>&lt;1</b><i>a</i><i>b</i><hr/>&lt;</p>');
  });

  test('what is not there leaves nothing behind', () => {
    const Nothing = () => null;
    expect(
      html(
        <p id={undefined}>
          {null}
          {undefined}
          {false}
          <Nothing />
          {0}
        </p>,
      ),
    ).toBe('<p>0</p>');
  });

  test('an attribute that is there or not has no value; others say true and false', () => {
    expect(html(<input checked disabled={false} aria-required={true} aria-busy={false} tabindex={-1} />)).toBe(
      '<input checked="" aria-required="true" aria-busy="false" tabindex="-1"/>',
    );
  });

  test('a value that would be shown as something else than was meant is refused', () => {
    const later = Promise.resolve('later');
    expect(() => <p>{later}</p>).toThrow('a child is of type object');
    expect(() => <p {...({ title: ['a'] } as object)} />).toThrow('the attribute title is of type object');
    expect(() => <p {...{ 'a b': 'c' }} />).toThrow('no name of an attribute');
  });
});
