// A name from a file system, shown so that it cannot lie: characters that are invisible, that break lines or that
// reverse the reading direction, and spaces at its ends, become small chips; a name that looks like another and is written
// with other characters says so; and the rest is isolated from its surroundings. Escaping for HTML is the renderer's work;
// this is about the reader's eyes.
import type { Child } from 'hono/jsx';

/** C0, DEL and C1 controls; bidirectional marks, embeddings, overrides and isolates; zero-width characters; line and
 *  paragraph separators; soft hyphen; tags; interlinear marks and the replacement character's neighbours. */
const HIDDEN =
  /^\p{Zs}+|\p{Zs}+$|[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;

const WORDS: Readonly<Record<string, string>> = {
  ' ': 'space',
  '\u00a0': 'no-break space',
  '\t': 'tab',
  '\n': 'line feed',
  '\r': 'carriage return',
  '\u200b': 'zero-width space',
  '\u200e': 'left-to-right mark',
  '\u200f': 'right-to-left mark',
  '\u202a': 'left-to-right embedding',
  '\u202b': 'right-to-left embedding',
  '\u202d': 'left-to-right override',
  '\u202e': 'right-to-left override',
};

const SHORT: Readonly<Record<string, string>> = { ' ': '␣', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'hidden'; readonly char: string };

export function pieces(value: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of value.matchAll(HIDDEN)) {
    if (match.index > from) found.push({ kind: 'text', text: value.slice(from, match.index) });
    for (const char of match[0]) found.push({ kind: 'hidden', char });
    from = match.index + match[0].length;
  }
  if (from < value.length) found.push({ kind: 'text', text: value.slice(from) });
  return found;
}

/** Names are byte-exact: é in one character and é as a letter and a mark are two names, which look alike. Most systems write
 *  the former, so that the others say it. */
const isDecomposed = (value: string): boolean => value.normalize('NFC') !== value;

const DECOMPOSED = 'NFD';
const DECOMPOSED_TITLE =
  'Accented letters in it are written as letter and mark: the same in single characters is another name';

export const codePoint = (char: string): string =>
  `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** The same as plain text, for titles, labels and attributes: `a\u202eb` → `a⟨U+202E⟩b`. */
export function visible(value: string): string {
  const shown = pieces(value).map((piece) =>
    piece.kind === 'text' ? piece.text : `⟨${SHORT[piece.char] ?? codePoint(piece.char)}⟩`,
  );
  return `${shown.join('')}${isDecomposed(value) ? `⟨${DECOMPOSED}⟩` : ''}`;
}

export function VisibleText({ value }: { value: string }) {
  const parts = pieces(value);
  const first = parts[0];
  const decomposed = isDecomposed(value);
  if (parts.length === 1 && first?.kind === 'text' && !decomposed) return <bdi>{first.text}</bdi>;
  return (
    <bdi>
      {parts.map(
        (piece): Child => (piece.kind === 'text' ? <bdi>{piece.text}</bdi> : <HiddenChar char={piece.char} />),
      )}
      {decomposed && (
        <span class="ctl" title={DECOMPOSED_TITLE}>
          {DECOMPOSED}
        </span>
      )}
    </bdi>
  );
}

function HiddenChar({ char }: { char: string }) {
  const word = WORDS[char];
  return (
    <span class="ctl" title={word ? `${codePoint(char)} ${word}` : codePoint(char)}>
      {SHORT[char] ?? codePoint(char)}
    </span>
  );
}
