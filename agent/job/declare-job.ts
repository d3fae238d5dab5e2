// How `fs-sync run` and `fs-sync checkout` are called.
import type { Command } from 'commander';
import { examples } from '../terminal/examples.ts';
import { type CheckoutArgs, checkoutCommand } from './checkout-command.ts';
import { type RunArgs, runCommand } from './run-command.ts';

export function declareJob(program: Command): void {
  program
    .command('run')
    .description('run a command in a workspace of its own, commit what it changed, and exit as it did')
    .usage('--project <name> [options] -- <command> [arguments...]')
    .argument('<command...>', 'after --')
    .requiredOption('--project <name>', 'the project')
    .option('--prefix <path>', 'only this directory of the project')
    .option('--dir <directory>', 'where to run it; default: a new directory in $FS_DATA_DIR/jobs')
    .option('--keep', 'leave the directory there')
    .option('--no-commit', 'throw away what the command changed')
    .option(
      '--discard-failed',
      'throw it away when the command fails; without this it is committed, with the exit code',
    )
    .option('--allow-deletions', 'commit also when more than 20 files and more than half of them are gone')
    .addHelpText(
      'after',
      examples(
        'npx fs-sync run --project site -- make all',
        'npx fs-sync run --project site --prefix docs -- ./lint.sh',
      ),
    )
    .action(async (words: string[], options: RunArgs) => process.exit(await runCommand(words, options)));
  program
    .command('checkout')
    .description('write the files of a commit into a directory, verified; they are not synced from then on')
    .argument('<directory>', 'an empty or a new directory')
    .requiredOption('--project <name>', 'the project')
    .option('--commit <id>', 'a commit, or the beginning of its id; default: what is current')
    .option('--prefix <path>', 'only this directory of the project')
    .option('--force', 'write over files that are there; others in the directory stay')
    .option('--json', 'say what was done as one JSON object')
    .addHelpText('after', examples('npx fs-sync checkout --project site --commit 3fa2b1c4 ./as-it-was'))
    .action((directory: string, options: CheckoutArgs) => checkoutCommand(directory, options));
}
