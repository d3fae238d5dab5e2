// A count with its noun, for the sentences of jobs: `1 object`, `6 objects`.
export const countOf = (count: number, noun: 'file' | 'object' | 'part' | 'path'): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;
