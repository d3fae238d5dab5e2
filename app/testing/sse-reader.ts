// Reads a stream of Server-Sent Events as a browser does, by the rules of the HTML standard: for tests that must not
// trust our own encoder's idea of the format.

export interface ReadEvent {
  readonly type: string;
  readonly data: string;
}

export function readEvents(text: string): ReadEvent[] {
  const events: ReadEvent[] = [];
  let type = '';
  let data: string[] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line === '') {
      if (data.length > 0) events.push({ type: type || 'message', data: data.join('\n') });
      type = '';
      data = [];
      continue;
    }
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') type = value;
    if (field === 'data') data.push(value);
  }
  return events;
}

/** A patch's fields, put together as the browser script does. */
export function fieldsOf(event: ReadEvent): Record<string, string> {
  const fields = new Map<string, string[]>();
  for (const line of event.data.split('\n')) {
    const cut = line.indexOf(' ');
    const key = line.slice(0, cut);
    fields.set(key, [...(fields.get(key) ?? []), line.slice(cut + 1)]);
  }
  return Object.fromEntries([...fields].map(([key, lines]) => [key, lines.join('\n')]));
}
