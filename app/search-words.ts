// What a person typed to find files, as words: each has to be in the path somewhere. The server searches by them, the
// pages mark them, so both take the text apart here.

/** More words, or longer ones, find nothing that fewer do not. */
const MAX_WORDS = 8;
const MAX_TEXT = 200;

export const searchWords = (text: string): string[] =>
  text.slice(0, MAX_TEXT).split(/\s+/).filter(Boolean).slice(0, MAX_WORDS);

/** The text in turns, unmarked and marked, beginning with an unmarked one, which may be empty. */
export function markedBy(text: string, words: readonly string[]): string[] {
  if (words.length === 0) return [text];
  const any = words.toSorted((a, b) => b.length - a.length).map((word) => word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  return text.split(new RegExp(`(${any.join('|')})`, 'giu'));
}
