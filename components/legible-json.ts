// A value as JSON for reading and for copying: indented plainly, and its hidden characters written as JSON writes them, so
// that they are seen and what is copied is JSON still.
import { pieces } from './visible-text.tsx';

/** Line by line: only what follows the indentation can hold something hidden. */
export const legibleJson = (value: unknown): string =>
  JSON.stringify(value, undefined, 2)
    .split('\n')
    .map((line) => line.replace(/\S.*/, legible))
    .join('\n');

const legible = (json: string): string =>
  pieces(json)
    .map((piece) => (piece.kind === 'text' ? piece.text : escaped(piece.char)))
    .join('');

const escaped = (char: string): string =>
  Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');
