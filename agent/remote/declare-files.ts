// How the commands are called that work with a project's files from anywhere: `ls`, `cat`, `get`,
// `put`, `rm`, `mv`.
import type { Command } from 'commander';
import { examples } from '../terminal/examples.ts';
import { painter } from '../terminal/paint.ts';
import { type Print, printed } from '../terminal/print.ts';
import { type CatArgs, catCommand } from './cat-command.ts';
import { type ChangeArgs, mvCommand, rmCommand } from './change-commands.ts';
import { SERVER_OPTION } from './declare-login.ts';
import { type GetArgs, getCommand } from './get-command.ts';
import { type LsArgs, lsCommand } from './ls-command.ts';
import { type PutArgs, type PutIo, putCommand } from './put-command.ts';

export function declareFiles(program: Command, print: Print): void {
  program
    .command('ls [project] [path]')
    .description('the files and directories of a project, or which projects there are')
    .option('-l, --long', 'with size, time, permissions and tier')
    .option('-r, --recursive', 'with all that is below')
    .option(...SERVER_OPTION)
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      examples('npx fs-sync ls', 'npx fs-sync ls site images --long', 'npx fs-sync ls site -r --json'),
    )
    .action((project: string | undefined, path: string | undefined, options: LsArgs) =>
      printed(lsCommand(project, path, options, painter(process.stdout, process.env))),
    );
  program
    .command('cat <project> <path...>')
    .description('write the bytes of files to the output, verified')
    .option('--commit <id>', 'as they were at this commit, or the beginning of its id; default: as they are')
    .option(...SERVER_OPTION)
    .addHelpText(
      'after',
      examples('npx fs-sync cat site docs/a.md', 'npx fs-sync cat site data/all.csv | sort > sorted.csv'),
    )
    .action((project: string, paths: string[], options: CatArgs) => printed(catCommand(project, paths, options)));
  program
    .command('get <project> [path]')
    .description('bring a file or a directory here, verified; done again, it goes on where it was')
    .option('--to <path>', 'the file or the directory that it becomes here; default: its own name')
    .option('--commit <id>', 'of one file: as it was at this commit, or the beginning of its id')
    .option('--force', 'replace files that are there and differ')
    .option(...SERVER_OPTION)
    .option('--json', 'say what was done as one JSON object')
    .addHelpText(
      'after',
      examples(
        'npx fs-sync get site',
        'npx fs-sync get site images --to ./pictures',
        'npx fs-sync get site docs/a.md --to /tmp/',
      ),
    )
    .action(async (project: string, path: string | undefined, options: GetArgs) =>
      print([await getCommand(project, path, options)]),
    );
  const change = (command: Command) =>
    command
      .option('--message <text>', 'of the commit')
      .option('--if-match <commit>', 'only if this is current, or what its id begins with: else nothing is changed')
      .option(...SERVER_OPTION)
      .option('--json', 'say what was done as one JSON object');
  change(program.command('put <project> <source...>'))
    .description(
      'put files, directories or the input (-) into a project, in one commit; done again, it goes on where it was',
    )
    .option(
      '--to <path>',
      'its path in the project, or . for the top; of several the directory; default: their own names',
    )
    .option('--dry-run', 'say what would change, and change nothing')
    .addHelpText(
      'after',
      examples(
        'npx fs-sync put site ./index.html',
        'npx fs-sync put site ./public --to .',
        'npx fs-sync put site plan.md notes.md --to docs/ --message "the plan"',
        'pg_dump orders | npx fs-sync put site - --to backup/orders.sql',
      ),
    )
    .action(async (project: string, sources: string[], options: PutArgs) =>
      print([await putCommand(project, sources, options, putIo)]),
    );
  change(program.command('rm <project> <path...>'))
    .description('delete files or directories of a project, in one commit; history keeps them')
    .option('-r, --recursive', 'directories too, with all that is in them')
    .addHelpText(
      'after',
      examples('npx fs-sync rm site old.html', 'npx fs-sync rm site drafts -r --message "no drafts"'),
    )
    .action(async (project: string, paths: string[], options: ChangeArgs & { recursive?: boolean }) =>
      print([await rmCommand(project, paths, options)]),
    );
  change(program.command('mv <project> <from> <to>'))
    .description('give a file or a directory of a project another path, in one commit')
    .option('--force', 'replace what is there')
    .addHelpText('after', examples('npx fs-sync mv site a.md docs/a.md', 'npx fs-sync mv site drafts posts --force'))
    .action(async (project: string, from: string, to: string, options: ChangeArgs & { force?: boolean }) =>
      print([await mvCommand(project, from, to, options)]),
    );
}

const putIo: PutIo = { warn: (line) => process.stderr.write(`fs-sync: ${line}\n`), input: process.stdin };
