// The wire format of live patches: Server-Sent Events as Datastar 1.0.0-beta.11 reads them. Our own encoder, because a
// value that holds a bare carriage return ends a line in this format: every kind of line end is split and each line
// gets its key, so no value can start an event of its own.

const LINE_END = /\r\n|\r|\n/;

function event(name: string, fields: readonly (readonly [key: string, value: string])[]): string {
  let text = `event: datastar-${name}\n`;
  for (const [key, value] of fields) {
    for (const line of value.split(LINE_END)) text += `data: ${key} ${line}\n`;
  }
  return `${text}\n`;
}

export type MergeMode = 'morph' | 'inner' | 'outer' | 'prepend' | 'append' | 'before' | 'after';

/** Puts rendered HTML into the page. Without a selector each root replaces the element of its own id.
 *  Give several roots only to morph, append and before: the client reverses them for prepend and after. */
export function mergeFragments(html: string, target?: { readonly selector: string; readonly mode: MergeMode }): string {
  const fields: [string, string][] = [];
  if (target) fields.push(['selector', target.selector], ['mergeMode', target.mode]);
  fields.push(['fragments', html]);
  return event('merge-fragments', fields);
}

export const removeFragments = (selector: string): string => event('remove-fragments', [['selector', selector]]);

/** Sent when a stream has nothing to say, so that the browser knows that it is not dead. */
export const PING = 'event: ping\ndata: \n\n';

/** First bytes of a stream: opens it in the browser before the first render is ready. */
export const HELLO = ': open\n\n';

/** Rows that a paused feed holds back. */
export const freshCount = (count: number, more: boolean): string =>
  `event: fresh\ndata: ${count}${more ? '+' : ''}\n\n`;
