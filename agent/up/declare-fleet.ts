// How the commands are called that run for as long as a fleet does: `up`, `server` and `agent`.
import { type Command, Option } from 'commander';
import { agentCommand } from '../agent-command.ts';
import { examples } from '../terminal/examples.ts';
import { collect } from '../terminal/print.ts';
import { up } from './up-command.ts';

export function declareFleet(program: Command): void {
  program
    .command('up')
    .description('run a whole fleet on this machine: NATS, cold storage, the server and two nodes')
    .addOption(
      new Option('--s3', 'bring up a real S3 server (Ceph radosgw) in place of the cold directory').default(false),
    )
    .addHelpText('after', examples('npx fs-sync up', 'PORT=8081 FS_DATA_DIR=./.data-2 npx fs-sync up --s3'))
    .action(async (options: { s3: boolean }) => {
      await up(options, process.env);
      // Whatever still waits for something that has ended must not keep the person waiting.
      process.exit(0);
    });
  program
    .command('server')
    .description('run the server: pages, API and lifecycle jobs (settings come from the environment)')
    .addHelpText('after', examples('NATS_URL=nats://nats.internal:4222 FS_ADMIN_TOKEN="$SECRET" npx fs-sync server'))
    .action(async () => {
      // The server is a program of its own, built beside this one.
      await import(new URL('../server/main.js', import.meta.url).href);
    });
  program
    .command('agent')
    .description('keep workspaces of this node in sync')
    .requiredOption('--node <id>', "this node's id")
    .option('--workspace <project=directory>', 'a project and the directory that holds it; may be given again', collect)
    .option(
      '--delete-threshold <project=files,a day,share>',
      'what may be deleted in that workspace without a question, such as site=200,1000,80% (all: FS_DELETE_THRESHOLD)',
      collect,
    )
    .option('--hook <command>', 'run this when a remote change is whole on disk (also by FS_HOOK_APPLIED)')
    .addHelpText(
      'after',
      examples(
        'npx fs-sync agent --node web-1 --workspace site=/srv/site',
        "npx fs-sync agent --node web-1 --workspace site=/srv/site --hook 'systemctl reload nginx'",
      ),
    )
    .action((options: { node: string; workspace?: string[]; deleteThreshold?: string[]; hook?: string }) =>
      agentCommand({ workspace: [], ...options }),
    );
}
