// How `fs-sync completion` and `fs-sync exit-codes` are called, and by what a shell asks.
import { Argument, type Command } from 'commander';
import { examples } from '../terminal/examples.ts';
import type { Print } from '../terminal/print.ts';
import { candidatesFor } from './candidates.ts';
import { exitCodesText } from './exit-codes.ts';
import { projectNames } from './project-names.ts';
import { SCRIPTS, SHELLS, type Shell } from './scripts.ts';

export function declareCompletion(program: Command, print: Print): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'which one').choices(SHELLS))
    .description('what a shell runs to complete commands, options and names of projects')
    .addHelpText(
      'after',
      examples(
        'source <(fs-sync completion bash)      # in ~/.bashrc',
        'source <(fs-sync completion zsh)       # in ~/.zshrc, after compinit',
        'fs-sync completion fish | source       # in ~/.config/fish/config.fish',
      ),
    )
    .action((shell: Shell) => print([SCRIPTS[shell]]));
  program
    .command('exit-codes')
    .description('what the exit codes say')
    .addHelpText('after', `\n${exitCodesText()}\n${examples('npx fs-sync exit-codes')}`)
    .action(() => print([exitCodesText()]));
  program.command('__complete [words...]', { hidden: true }).action(async (words: string[]) => {
    const found = candidatesFor(program, words);
    const all = found.kind === 'projects' ? await projectNames(process.env) : found.kind === 'words' ? found.words : [];
    print(all.filter((word) => word.startsWith(words.at(-1) ?? '')));
  });
}
