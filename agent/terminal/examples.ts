// What stands at the end of a command's help.

/** Command lines without `npx fs-sync`, as a person would type them. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
