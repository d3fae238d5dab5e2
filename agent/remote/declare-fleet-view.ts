// How the commands are called that show a fleet as its server knows it: `nodes`.
import type { Command } from 'commander';
import { examples } from '../terminal/examples.ts';
import { painter } from '../terminal/paint.ts';
import type { Print } from '../terminal/print.ts';
import { SERVER_OPTION } from './declare-login.ts';
import { type NodesArgs, nodesCommand } from './nodes-command.ts';

export function declareFleetView(program: Command, print: Print): void {
  program
    .command('nodes')
    .description('the nodes of the fleet, how each is, and why')
    .option(...SERVER_OPTION)
    .option('--json', 'one JSON object a node, each on a line')
    .addHelpText('after', examples('npx fs-sync nodes', 'npx fs-sync nodes --json --server work'))
    .action(async (options: NodesArgs) => print(await nodesCommand(options, painter(process.stdout, process.env))));
}
