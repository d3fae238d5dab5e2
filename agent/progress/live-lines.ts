// A few lines at the bottom of a terminal that are written over as things change. What else is written goes above them,
// whole. Lines are cut to the terminal's width, and what is on the screen is counted anew when that changes.

export interface TerminalOut {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

export type Color = 'green' | 'yellow' | 'red' | 'dim';

export interface Span {
  readonly text: string;
  readonly color?: Color;
}

export type Line = readonly Span[];

const CODES: Readonly<Record<Color, number>> = { green: 32, yellow: 33, red: 31, dim: 2 };

export class LiveLines {
  readonly #out: TerminalOut;
  readonly #hasColor: boolean;
  #lines: readonly Line[] = [];
  /** how wide each line on the screen is */
  #drawn: readonly number[] = [];
  #text = '';

  /** @param hasColor  false where the person wants none (`NO_COLOR`) */
  constructor(out: TerminalOut, hasColor: boolean) {
    this.#out = out;
    this.#hasColor = hasColor;
  }

  show(lines: readonly Line[]): void {
    this.#lines = lines;
    const text = this.#render();
    if (text !== this.#text) this.#out.write(this.#clear() + this.#draw());
  }

  /** Writes whole lines above. */
  above(text: string): void {
    const whole = text.endsWith('\n') ? text : `${text}\n`;
    this.#out.write(this.#clear() + whole + this.#draw());
  }

  /** The terminal has another size. */
  resized(): void {
    this.#out.write(this.#clear() + this.#draw());
  }

  /** Leaves nothing of itself. */
  end(): void {
    if (this.#drawn.length > 0) this.#out.write(this.#clear());
    this.#lines = [];
  }

  get #columns(): number {
    return Math.max(1, this.#out.columns ?? 80);
  }

  /** The cursor is at the end of the last line; a terminal that became narrower has wrapped the lines. */
  #clear(): string {
    const rows = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / this.#columns)), 0);
    this.#drawn = [];
    this.#text = '';
    return rows === 0 ? '' : `\r\x1b[2K${'\x1b[1A\x1b[2K'.repeat(rows - 1)}`;
  }

  #draw(): string {
    this.#drawn = this.#cut().map(widthOf);
    this.#text = this.#render();
    return this.#text;
  }

  #render(): string {
    return this.#cut()
      .map((line) => line.map((span) => this.#paint(span)).join(''))
      .join('\n');
  }

  #cut(): readonly Line[] {
    // A line that fills the last column would make some terminals begin another one.
    return this.#lines.map((line) => cutTo(line, this.#columns - 1));
  }

  #paint({ text, color }: Span): string {
    return this.#hasColor && color && text !== '' ? `\x1b[${CODES[color]}m${text}\x1b[0m` : text;
  }
}

function cutTo(line: Line, columns: number): Line {
  const fitting: Span[] = [];
  let left = columns;
  for (const span of line) {
    let text = '';
    for (const letter of plain(span.text)) {
      left -= letterWidth(letter);
      if (left < 0) return [...fitting, { ...span, text }];
      text += letter;
    }
    fitting.push({ ...span, text });
  }
  return fitting;
}

const widthOf = (line: Line): number =>
  line.reduce((sum, { text }) => sum + [...text].reduce((width, letter) => width + letterWidth(letter), 0), 0);

/** Names of files may hold what a terminal would obey. */
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\u{FFFD}');

const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60]/u;

function letterWidth(letter: string): number {
  if (/\p{M}/u.test(letter)) return 0;
  return WIDE.test(letter) ? 2 : 1;
}
