// The bytes are put on a screen as a terminal would, and what a person sees is compared.
import { expect, test } from 'vitest';
import { type Line, LiveLines } from './live-lines.ts';

/** A terminal that knows what is written here: letters, newlines, and the two movements that are used. */
class Screen {
  readonly isTTY = true;
  rows = 24;
  lines: string[] = [''];
  at = 0;
  column = 0;

  constructor(public columns: number) {}

  write(text: string): void {
    for (const [token] of text.matchAll(/\x1b\[\d*[A-Za-z]|./gsu)) this.#take(token);
  }

  #take(token: string): void {
    if (token === '\n') {
      this.at++;
      this.column = 0;
      this.lines[this.at] ??= '';
    } else if (token === '\r') this.column = 0;
    else if (token === '\x1b[2K') this.lines[this.at] = '';
    else if (token === '\x1b[1A') {
      this.at--;
      expect(this.at).toBeGreaterThanOrEqual(0);
    } else if (!token.startsWith('\x1b')) {
      expect(this.column).toBeLessThan(this.columns);
      this.lines[this.at] = (this.lines[this.at] ?? '').slice(0, this.column).padEnd(this.column) + token;
      this.column++;
    }
  }

  /** As terminals do it that break lines anew. */
  resize(columns: number): void {
    this.columns = columns;
    const broken = this.lines
      .slice(0, this.at + 1)
      .flatMap((line) => line.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? ['']);
    this.lines = broken;
    this.at = broken.length - 1;
    this.column = [...(broken.at(-1) ?? '')].length;
  }

  get text(): string[] {
    const last = this.lines.findLastIndex((line) => line !== '');
    return this.lines.slice(0, last + 1);
  }
}

const lines = (...texts: string[]): Line[] => texts.map((text) => [{ text }]);

test('lines are written over, and what is written above them stays whole', () => {
  const screen = new Screen(40);
  const live = new LiveLines(screen, false);
  live.show(lines('a: 1/3', 'b: in sync'));
  live.above('{"msg":"one"}\n');
  live.show(lines('a: 2/3', 'b: in sync'));
  live.above('{"msg":"two"}');
  live.show(lines('a: in sync'));
  expect(screen.text).toEqual(['{"msg":"one"}', '{"msg":"two"}', 'a: in sync']);
  live.end();
  screen.write('the shell again');
  expect(screen.text).toEqual(['{"msg":"one"}', '{"msg":"two"}', 'the shell again']);
});

test('lines are cut to the width, also when the terminal becomes narrower under them', () => {
  const screen = new Screen(40);
  const live = new LiveLines(screen, false);
  live.above('kept');
  live.show(lines('x'.repeat(60), 'y'.repeat(30)));
  expect(screen.text).toEqual(['kept', 'x'.repeat(39), 'y'.repeat(30)]);
  screen.resize(16);
  live.resized();
  expect(screen.text).toEqual(['kept', 'x'.repeat(15), 'y'.repeat(15)]);
  screen.resize(50);
  live.resized();
  expect(screen.text).toEqual(['kept', 'x'.repeat(49), 'y'.repeat(30)]);
});

test('the same again writes nothing', () => {
  const written: string[] = [];
  const live = new LiveLines({ columns: 80, write: (text: string) => written.push(text) }, true);
  live.show(lines('same'));
  live.show(lines('same'));
  expect(written).toEqual(['same']);
});

test('colors are there only when they are wanted, and a name gives the terminal no orders', () => {
  const written: string[] = [];
  const out = { columns: 80, write: (text: string) => written.push(text) };
  const line: Line = [{ text: 'in sync', color: 'green' }, { text: ' evil\x1b[2J\nname' }];
  new LiveLines(out, false).show([line]);
  new LiveLines(out, true).show([line]);
  expect(written).toEqual(['in sync evil\uFFFD[2J\uFFFDname', '\x1b[32min sync\x1b[0m evil\uFFFD[2J\uFFFDname']);
});

test('letters that take two columns are counted as two', () => {
  const written: string[] = [];
  new LiveLines({ columns: 7, write: (text: string) => written.push(text) }, false).show(lines('文書文書文書'));
  expect(written).toEqual(['文書文']);
});
