// How `fs-sync share`, `shares` and `unshare` are called.
import type { Command } from 'commander';
import { SERVER_OPTION } from '../remote/declare-login.ts';
import { remoteShare, remoteShares, remoteUnshare } from '../remote/remote-shares.ts';
import { isAway, type ServerArgs } from '../remote/which-server.ts';
import { examples } from '../terminal/examples.ts';
import { askPassword } from './ask-password.ts';
import { type ShareArgs, shareCommand, sharesCommand, unshareCommand } from './share-command.ts';

const EXAMPLES = `
Examples:
  npx fs-sync share site docs/handbook.pdf
  npx fs-sync share site images --expires 30d --uses 5
  echo "$SECRET" | npx fs-sync share site plan.md --password --json
  npx fs-sync share site --commit 3fa2b1c4

A use is one visitor, for an hour. Links begin with FS_PUBLIC_URL, or with the address of the server on this machine.`;

export function declareShare(program: Command, print: (lines: readonly string[]) => void): void {
  program
    .command('share <project> [path]')
    .description('make a link by which anybody downloads a file, a directory or a whole project')
    .option('--expires <time>', 'how long it lasts, such as 12h, 7d, 4w or never', '7d')
    .option('--uses <count>', 'how often it may be used; default: any number of times')
    .option('--password', 'ask for a password, which the link then asks for too; or read it from the input')
    .option('--commit <id>', 'as it was at this commit; default: always the latest')
    .option(...SERVER_OPTION)
    .option('--json', 'as one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (project: string, path: string | undefined, options: ShareArgs & ServerArgs) =>
      print([await (isAway(options) ? remoteShare : shareCommand)(project, path, options, askPassword)]),
    );
  program
    .command('shares')
    .description('the links that open something now, the newest first')
    .option('--project <name>', 'of this project')
    .option('--all', 'also those that ended')
    .option(...SERVER_OPTION)
    .option('--json', 'as one JSON array')
    .addHelpText('after', examples('npx fs-sync shares --project site --all'))
    .action(async (options: Parameters<typeof remoteShares>[0]) =>
      print([await (isAway(options) ? remoteShares : sharesCommand)(options)]),
    );
  program
    .command('unshare <id>')
    .description('revoke a link; the first digits of its id are enough')
    .option(...SERVER_OPTION)
    .option('--json', 'the link as one JSON object')
    .addHelpText('after', examples('npx fs-sync unshare 3fa2b1c4d5e6'))
    .action(async (id: string, options: ServerArgs & { json?: boolean }) =>
      print([await (isAway(options) ? remoteUnshare : unshareCommand)(id, options)]),
    );
}
