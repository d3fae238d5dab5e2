// What may come next on a command line that is being typed, read from the commands themselves.
import type { Argument, Command, Option } from 'commander';

export type Candidates =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** their names are asked for */
  | { readonly kind: 'projects' }
  /** the shell knows better, such as files */
  | { readonly kind: 'none' };

/** @param typed  what stands after `fs-sync`; the last is being typed, and may be empty */
export function candidatesFor(program: Command, typed: readonly string[]): Candidates {
  const before = typed.slice(0, -1);
  const last = typed.at(-1) ?? '';
  let command = program;
  let position = 0;
  let waiting: Option | undefined;
  for (const word of before) {
    if (waiting) waiting = undefined;
    else if (word.startsWith('-') && word !== '-') waiting = withValue(command, word);
    else {
      const next = position === 0 ? visible(command).find((one) => one.name() === word) : undefined;
      if (next) command = next;
      else position++;
    }
  }
  if (waiting) return ofOption(waiting);
  if (last.startsWith('-')) return { kind: 'words', words: command.options.flatMap(flagsOf).concat('--help') };
  const names = visible(command).map((one) => one.name());
  if (names.length > 0) return { kind: 'words', words: command === program ? [...names, 'help'] : names };
  const known = command.registeredArguments;
  const argument = known[position] ?? (known.at(-1)?.variadic ? known.at(-1) : undefined);
  return argument ? ofArgument(command, argument) : { kind: 'none' };
}

/** Those that help lists. */
export const visible = (command: Command): Command[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');

const withValue = (command: Command, word: string): Option | undefined =>
  command.options.find((option) => flagsOf(option).includes(word) && option.required);

const flagsOf = ({ short, long }: Option): string[] => [short, long].filter((flag) => flag !== undefined);

function ofOption({ long, argChoices }: Option): Candidates {
  if (long === '--project') return { kind: 'projects' };
  return argChoices ? { kind: 'words', words: argChoices } : { kind: 'none' };
}

function ofArgument(command: Command, argument: Argument): Candidates {
  if (argument.argChoices) return { kind: 'words', words: argument.argChoices };
  const ofProject = command.parent?.name() === 'project' && command.name() !== 'create' && argument.name() === 'name';
  return argument.name() === 'project' || ofProject ? { kind: 'projects' } : { kind: 'none' };
}
