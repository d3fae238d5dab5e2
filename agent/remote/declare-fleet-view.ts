// How the commands are called that show a fleet as its server knows it: `nodes` and `events`.
import type { Command } from 'commander';
import { untilSignal } from '../job/signals.ts';
import { examples } from '../terminal/examples.ts';
import { painter } from '../terminal/paint.ts';
import { collect, type Print, printed } from '../terminal/print.ts';
import { SERVER_OPTION } from './declare-login.ts';
import { type EventsArgs, eventsCommand } from './events-command.ts';
import { type NodesArgs, nodesCommand } from './nodes-command.ts';

export function declareFleetView(program: Command, print: Print): void {
  program
    .command('nodes')
    .description('the nodes of the fleet, how each is, and why')
    .option(...SERVER_OPTION)
    .option('--json', 'one JSON object a node, each on a line')
    .addHelpText('after', examples('npx fs-sync nodes', 'npx fs-sync nodes --json --server work'))
    .action(async (options: NodesArgs) => print(await nodesCommand(options, painter(process.stdout, process.env))));
  program
    .command('events')
    .description('what happened to a project, or with --follow what happens from now on')
    .option('--follow', 'stay, and go on after a line was cut with nothing missed')
    .option('--project <name>', 'of this project')
    .option('--path <path>', 'of this file, or what is in this directory')
    .option('--type <type>', 'such as PathUpdated; may be given again', collect)
    .option('--since <time>', 'how long ago (30m, 12h, 7d), a moment, or the cursor of an event')
    .option(...SERVER_OPTION)
    .option('--json', 'one JSON object a line, with the cursor that --since takes')
    .addHelpText(
      'after',
      examples(
        'npx fs-sync events --project site --since 7d',
        'npx fs-sync events --follow --json | jq -r .type',
        'npx fs-sync events --follow --project site --path docs --type PathUpdated --type PathCreated',
      ),
    )
    .action(async (options: EventsArgs) => {
      const ended = untilSignal();
      const { signal } = ended;
      const paint = painter(process.stdout, process.env);
      const say = (line: string) => process.stderr.write(`fs-sync: ${line}\n`);
      try {
        await printed(eventsCommand(options, { signal, say, paint, now: Date.now() }));
      } finally {
        ended.release();
      }
    });
}
