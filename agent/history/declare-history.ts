// How `fs-sync history`, `diff` and `restore` are called.
import type { Command } from 'commander';
import { SERVER_OPTION } from '../remote/declare-login.ts';
import { type DiffArgs, diffCommand } from '../remote/diff-command.ts';
import { remoteHistory, remoteRestore } from '../remote/remote-history.ts';
import { isAway, type ServerArgs } from '../remote/which-server.ts';
import { examples } from '../terminal/examples.ts';
import { printed } from '../terminal/print.ts';
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
    .option(...SERVER_OPTION)
    .option('--json', 'as one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (project: string, path: string | undefined, options: HistoryArgs & ServerArgs) =>
      print([await (isAway(options) ? remoteHistory : historyCommand)(project, path, options)]),
    );
  program
    .command('diff <project> <from> [to]')
    .description('what differs between two commits of a project, or between one and what is current')
    .option(...SERVER_OPTION)
    .option('--json', 'one JSON object a line')
    .addHelpText('after', examples('npx fs-sync diff site 3fa2b1c4', 'npx fs-sync diff site 3fa2b1c4 9d3bf3f0 --json'))
    .action((project: string, from: string, to: string | undefined, options: DiffArgs) =>
      printed(diffCommand(project, from, to, options)),
    );
  program
    .command('restore <project> [path]')
    .description('bring a file, a directory or all of a project back to what it was at a commit, as a new commit')
    .option('--to <commit>', 'a commit of its history, or the beginning of its id')
    .option('--dry-run', 'say what it would change, and change nothing')
    .option(...SERVER_OPTION)
    .option('--json', 'as one JSON object')
    .addHelpText('after', examples('npx fs-sync restore site images/logo.svg --to 3fa2b1c4 --dry-run'))
    .action(async (project: string, path: string | undefined, options: RestoreArgs & ServerArgs) =>
      print([await (isAway(options) ? remoteRestore : restoreCommand)(project, path, options)]),
    );
}
