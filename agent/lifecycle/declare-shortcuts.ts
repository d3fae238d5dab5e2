// The lifecycle jobs that people ask for most, and their list, by a word of their own.
import type { Command } from 'commander';
import { SERVER_OPTION } from '../remote/declare-login.ts';
import { remoteList, remoteStart } from '../remote/remote-jobs.ts';
import { isAway, type ServerArgs } from '../remote/which-server.ts';
import { examples } from '../terminal/examples.ts';
import { listCommand, type StartArgs, startCommand } from './job-command.ts';

const SHORT = {
  promote: 'bring a project, a directory or a file back to hot storage, and wait until it is there',
  evict: 'take off hot storage what is proven in cold, and wait for its end; --dry-run says what would go',
  repair: 'heal what a tier has lost or holds damaged from what has the right bytes, and wait for its end',
} as const;

type Args = Omit<StartArgs, 'project' | 'prefix'> & ServerArgs;

export function declareShortcuts(program: Command, print: (lines: readonly string[]) => void): void {
  for (const [kind, description] of Object.entries(SHORT)) {
    program
      .command(`${kind} <project> [path]`)
      .description(`${description}: job start ${kind}`)
      .option('--dry-run', 'say what it would do, and do nothing')
      .option('--no-wait', 'only ask for it')
      .option(...SERVER_OPTION)
      .option('--json', "the job's record as one JSON object")
      .addHelpText('after', examples(`npx fs-sync ${kind} site images --dry-run`))
      .action(async (project: string, path: string | undefined, options: Args) => {
        const asked = { ...options, project, ...(path !== undefined && { prefix: path }) };
        print([await (isAway(options) ? remoteStart : startCommand)(kind, asked)]);
      });
  }
  program
    .command('jobs')
    .description('the newest jobs first: job list')
    .option('--limit <count>', 'so many', '20')
    .option('--before <id>', 'older than this one')
    .option(...SERVER_OPTION)
    .option('--json', 'as one JSON object')
    .addHelpText('after', examples('npx fs-sync jobs --limit 5'))
    .action(async (options: ServerArgs & { limit: string; before?: string; json?: boolean }) =>
      print([await (isAway(options) ? remoteList : listCommand)(options)]),
    );
}
