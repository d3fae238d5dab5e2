// How the commands are called that work with a project's files from anywhere: `ls`, `cat`, `get`.
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { examples } from '../terminal/examples.ts';
import { painter } from '../terminal/paint.ts';
import { endWithReader, type Print } from '../terminal/print.ts';
import { type CatArgs, catCommand } from './cat-command.ts';
import { SERVER_OPTION } from './declare-login.ts';
import { type GetArgs, getCommand } from './get-command.ts';
import { type LsArgs, lsCommand } from './ls-command.ts';

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
      written(linesOf(lsCommand(project, path, options, painter(process.stdout, process.env)))),
    );
  program
    .command('cat <project> <path...>')
    .description('write the bytes of files to the output, verified')
    .option('--commit <sha>', 'as they were at this commit; default: as they are')
    .option(...SERVER_OPTION)
    .addHelpText(
      'after',
      examples('npx fs-sync cat site docs/a.md', 'npx fs-sync cat site data/all.csv | sort > sorted.csv'),
    )
    .action((project: string, paths: string[], options: CatArgs) => written(catCommand(project, paths, options)));
  program
    .command('get <project> [path]')
    .description('bring a file or a directory here, verified; done again, it goes on where it was')
    .option('--to <path>', 'the file or the directory that it becomes here; default: its own name')
    .option('--commit <sha>', 'of one file: as it was at this commit')
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
}

async function* linesOf(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

/** No faster than whoever reads takes it. */
async function written(parts: AsyncIterable<Uint8Array | string>): Promise<void> {
  endWithReader();
  await pipeline(parts, process.stdout, { end: false });
}
