// How `fs-sync history` and `fs-sync restore` are called.
import type { Command } from 'commander';
import { examples } from '../terminal/examples.ts';
import { type HistoryArgs, historyCommand } from './history-command.ts';
import { type RestoreArgs, restoreCommand } from './restore-command.ts';

const EXAMPLES = `
Examples:
  npx fs-sync history site
  npx fs-sync history site images/logo.svg --limit 5
  npx fs-sync checkout --project site --commit 3fa2b1c4 ./as-it-was`;

export function declareHistory(program: Command, print: (lines: readonly string[]) => void): void {
  program
    .command('history <project> [path]')
    .description('the commits of a project, or those that changed one file of it, newest first')
    .option('--limit <count>', 'so many', '20')
    .option('--from <commit>', 'this one first: a commit, or the beginning of its id')
    .option('--json', 'as one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (project: string, path: string | undefined, options: HistoryArgs) =>
      print([await historyCommand(project, path, options)]),
    );
  program
    .command('restore <project> [path]')
    .description('bring a file, a directory or all of a project back to what it was at a commit, as a new commit')
    .option('--to <commit>', 'a commit of its history, or the beginning of its id')
    .option('--dry-run', 'say what it would change, and change nothing')
    .option('--json', 'as one JSON object')
    .addHelpText('after', examples('npx fs-sync restore site images/logo.svg --to 3fa2b1c4 --dry-run'))
    .action(async (project: string, path: string | undefined, options: RestoreArgs) =>
      print([await restoreCommand(project, path, options)]),
    );
}
