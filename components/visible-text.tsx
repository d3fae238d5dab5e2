// A name from a file system, shown so that it cannot lie: characters that are invisible, that break lines or that
// reverse the reading direction become small chips with their code point, and the rest is isolated from its
// surroundings. Escaping for HTML is the renderer's work; this is about the reader's eyes.
import type { Child } from 'hono/jsx';

/** C0, DEL and C1 controls; bidirectional marks, embeddings, overrides and isolates; zero-width characters; line and
 *  paragraph separators; soft hyphen; tags; interlinear marks and the replacement character's neighbours. */
const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;

const WORDS: Readonly<Record<string, string>> = {
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

const SHORT: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'hidden'; readonly char: string };

export function pieces(value: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of value.matchAll(HIDDEN)) {
    if (match.index > from) found.push({ kind: 'text', text: value.slice(from, match.index) });
    found.push({ kind: 'hidden', char: match[0] });
    from = match.index + match[0].length;
  }
  if (from < value.length) found.push({ kind: 'text', text: value.slice(from) });
  return found;
}

export const codePoint = (char: string): string =>
  `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** The same as plain text, for titles, labels and attributes: `a\u202eb` → `a⟨U+202E⟩b`. */
export function visible(value: string): string {
  return pieces(value)
    .map((piece) => (piece.kind === 'text' ? piece.text : `⟨${SHORT[piece.char] ?? codePoint(piece.char)}⟩`))
    .join('');
}

export function VisibleText({ value }: { value: string }) {
  const parts = pieces(value);
  const first = parts[0];
  if (parts.length === 1 && first?.kind === 'text') return <bdi>{first.text}</bdi>;
  return (
    <bdi>
      {parts.map(
        (piece): Child => (piece.kind === 'text' ? <bdi>{piece.text}</bdi> : <HiddenChar char={piece.char} />),
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
