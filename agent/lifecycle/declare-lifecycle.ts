// How `fs-sync job`, `resync`, `pin`, `unpin`, `cold` and `restore-index` are called.
import { type Command, Option } from 'commander';
import { SERVER_OPTION } from '../remote/declare-login.ts';
import { remoteCancel, remoteList, remoteRetry, remoteShow, remoteStart } from '../remote/remote-jobs.ts';
import { remotePin } from '../remote/remote-pins.ts';
import { isAway, type ServerArgs } from '../remote/which-server.ts';
import { examples } from '../terminal/examples.ts';
import { adoptColdCommand } from './adopt-cold-command.ts';
import { type DeadLetterArgs, deadLettersCommand } from './dead-letters-command.ts';
import {
  cancelCommand,
  listCommand,
  retryCommand,
  STARTABLE,
  type StartArgs,
  showCommand,
  startCommand,
} from './job-command.ts';
import { pinCommand } from './pin-command.ts';
import { type RestoreIndexArgs, restoreIndexCommand } from './restore-index-command.ts';
import { type ResyncArgs, resyncCommand } from './resync-command.ts';

const EXAMPLES = `
Examples:
  npx fs-sync job start evict --project site --dry-run
  npx fs-sync job start promote --project site --prefix images --strict
  npx fs-sync job start deactivate --project site
  npx fs-sync job start repair --project site
  npx fs-sync job list
  npx fs-sync job cancel <id>`;

export function declareLifecycle(program: Command, print: (lines: readonly string[]) => void): void {
  const job = program
    .command('job')
    .description('lifecycle jobs, which servers run: archive, evict, promote, repair and others')
    .addHelpText('after', EXAMPLES);
  job
    .command('start')
    .description(`ask for a job and wait for its end: ${STARTABLE.join(', ')}`)
    .argument('<kind>', 'what is to be done')
    .option('--project <name>', 'the project')
    .option('--prefix <path>', 'only this file or directory of it')
    .option('--dry-run', 'say what it would do, and do nothing')
    .addOption(new Option('--strict', 'promote: read and verify all that is in hot already'))
    .option('--no-wait', 'only ask for it')
    .option(...SERVER_OPTION)
    .option('--json', "the job's record as one JSON object")
    .addHelpText(
      'after',
      examples(
        'npx fs-sync job start evict --project site --dry-run',
        'npx fs-sync job start promote --project site --prefix images --strict',
      ),
    )
    .action(async (kind: string, options: StartArgs & ServerArgs) =>
      print([await (isAway(options) ? remoteStart : startCommand)(kind, options)]),
    );
  job
    .command('list')
    .description('the newest jobs first')
    .option('--limit <count>', 'so many', '20')
    .option('--before <id>', 'older than this one')
    .option(...SERVER_OPTION)
    .option('--json', 'as one JSON object')
    .addHelpText('after', examples('npx fs-sync job list --limit 5'))
    .action(async (options: ServerArgs & { limit: string; before?: string; json?: boolean }) =>
      print([await (isAway(options) ? remoteList : listCommand)(options)]),
    );
  job
    .command('show <id>')
    .description('how a job is, what it planned, and what failed')
    .option(...SERVER_OPTION)
    .option('--json', 'as one JSON object')
    .addHelpText('after', examples('npx fs-sync job show <id> --json'))
    .action(async (id: string, options: ServerArgs & { json?: boolean }) =>
      print([await (isAway(options) ? remoteShow : showCommand)(id, options)]),
    );
  job
    .command('cancel <id>')
    .description('stop a job; what it did stays done')
    .option(...SERVER_OPTION)
    .option('--json', 'as one JSON object')
    .addHelpText('after', examples('npx fs-sync job cancel <id>'))
    .action(async (id: string, options: ServerArgs & { json?: boolean }) =>
      print([await (isAway(options) ? remoteCancel : cancelCommand)(id, options)]),
    );
  job
    .command('retry <id>')
    .description('do again what failed, as a new job')
    .option(...SERVER_OPTION)
    .option('--json', 'as one JSON object')
    .addHelpText('after', examples('npx fs-sync job retry <id>'))
    .action(async (id: string, options: ServerArgs & { json?: boolean }) =>
      print([await (isAway(options) ? remoteRetry : retryCommand)(id, options)]),
    );
  job
    .command('dead-letters')
    .description('objects that archiving gave up on, because hot has no good copy of them')
    .option('--retry <sha>', 'try this one again; the first letters of its sha are enough')
    .option('--all', 'try all of them again')
    .option('--json', 'as one JSON object')
    .addHelpText('after', examples('npx fs-sync job dead-letters', 'npx fs-sync job dead-letters --all'))
    .action(async (options: DeadLetterArgs) => print([await deadLettersCommand(options)]));
  program
    .command('resync <project> [path]')
    .description('ask the nodes of a project to compare their directories with it anew, and say what they find')
    .option('--node <id>', 'this node only')
    .option('--json', 'one JSON object a node, each on a line')
    .addHelpText('after', examples('npx fs-sync resync site images --node web-1'))
    .action(async (project: string, path: string | undefined, options: ResyncArgs) =>
      print(await resyncCommand(project, path, options)),
    );
  program
    .command('pin <project> [path]')
    .description('keep a project, a directory or a file in hot storage')
    .addHelpText('after', examples('npx fs-sync pin site images'))
    .option(...SERVER_OPTION)
    .option('--json', 'as one JSON object')
    .action(async (project: string, path: string | undefined, options: ServerArgs & { json?: boolean }) =>
      print([await (isAway(options) ? remotePin : pinCommand)('pin', project, path, options)]),
    );
  program
    .command('unpin <project> [path]')
    .description('let it leave hot storage again')
    .addHelpText('after', examples('npx fs-sync unpin site images'))
    .option(...SERVER_OPTION)
    .option('--json', 'as one JSON object')
    .action(async (project: string, path: string | undefined, options: ServerArgs & { json?: boolean }) =>
      print([await (isAway(options) ? remotePin : pinCommand)('unpin', project, path, options)]),
    );
  program
    .command('cold')
    .description('which cold storage the records speak of')
    .command('adopt')
    .description("take the one of these settings (a server's) from now on, and archive everything there anew")
    .option('--json', 'what came of it, as one JSON object')
    .addHelpText('after', examples('npx fs-sync cold adopt'))
    .action(async (options: { json?: boolean }) => print([await adoptColdCommand(options)]));
  program
    .command('restore-index')
    .description('after NATS was lost: bring every project back to its last restore point in cold storage')
    .option('--from-cold', 'say that this is meant')
    .option('--project <name>', 'only this one')
    .option('--missing', 'also where NATS has projects: bring back those that it does not have')
    .option('--json', 'what came of each project, as one JSON array')
    .addHelpText(
      'after',
      examples(
        'npx fs-sync restore-index --from-cold',
        'npx fs-sync restore-index --from-cold --missing --project site',
      ),
    )
    .action(async (options: RestoreIndexArgs) => print([await restoreIndexCommand(options)]));
}
