import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freshCount, HELLO, mergeFragments, PING, removeFragments } from './sse.ts';
import { fieldsOf, readEvents } from './testing/sse-reader.ts';

const oneEvent = (text: string) => {
  const [event, ...more] = readEvents(text);
  expect(more).toEqual([]);
  if (!event) throw new Error('no event was read');
  return event;
};

describe('the encoder of live patches', () => {
  test('a merge is one event with its fields', () => {
    const event = oneEvent(mergeFragments('<tr id="a"><td>1</td></tr>', { selector: '#rows', mode: 'prepend' }));
    expect(event.type).toBe('datastar-merge-fragments');
    expect(fieldsOf(event)).toEqual({
      selector: '#rows',
      mergeMode: 'prepend',
      fragments: '<tr id="a"><td>1</td></tr>',
    });
  });

  test.each(['\n', '\r', '\r\n', '\n\n', '\r\r'])('a value with %j in it stays inside its event', (end) => {
    const html = `<p>a${end}event: datastar-execute-script${end}data: script alert(1)${end}${end}b</p>`;
    const event = oneEvent(mergeFragments(html));
    expect(event.type).toBe('datastar-merge-fragments');
    expect(Object.keys(fieldsOf(event))).toEqual(['fragments']);
  });

  test('whatever the text, a browser reads one event with that text, line ends made one', () => {
    const nasty = fc.string({
      unit: fc.oneof(fc.constantFrom('\r', '\n', '\r\n', 'event: ', 'data: ', ':', ' ', '<', '\u2028'), fc.string()),
    });
    fc.assert(
      fc.property(nasty, (html) => {
        const event = oneEvent(mergeFragments(html));
        expect(fieldsOf(event).fragments).toBe(html.replace(/\r\n|\r/g, '\n'));
      }),
    );
  });

  test('a removal, a ping and a count are one event each; the greeting is none', () => {
    expect(fieldsOf(oneEvent(removeFragments('#a,#b')))).toEqual({ selector: '#a,#b' });
    expect(oneEvent(PING)).toEqual({ type: 'ping', data: '' });
    expect(oneEvent(freshCount(500, true))).toEqual({ type: 'fresh', data: '500+' });
    expect(readEvents(HELLO)).toEqual([]);
  });
});
