// How the commands are called that ask the agents of this machine: `status`, `answer` and `watch`.
import type { Command } from 'commander';
import { examples } from '../terminal/examples.ts';
import { collect, type Print } from '../terminal/print.ts';
import { answerCommand, type StatusArgs, statusCommand } from './ask-agent.ts';
import { type WatchArgs, watchCommand } from './watch-command.ts';

export function declareNode(program: Command, print: Print): void {
  program
    .command('status')
    .description('how the workspaces of this machine are, and why, as its running agents say')
    .option('--node <id>', 'of this node only; default: of all that have agents here')
    .option('--json', 'one JSON object a node, each on a line')
    .addHelpText('after', examples('npx fs-sync status', 'npx fs-sync status --node web-1 --json'))
    .action(async (options: StatusArgs) => {
      const { lines, away } = await statusCommand(options);
      print(lines);
      for (const line of away) process.stderr.write(`fs-sync: ${line}\n`);
    });
  program
    .command('answer')
    .argument('<question>', 'its id, as status shows it, or as much of its beginning as leaves no doubt')
    .argument('<answer>', 'restore, or allow')
    .description('answer what a workspace of this node asks, such as whether most of its files are to be deleted')
    .option('--node <id>', 'a question of this node only; default: of all that have agents here')
    .addHelpText('after', examples('npx fs-sync answer d41f restore'))
    .action(async (question: string, answer: string, options: { node?: string }) =>
      print(await answerCommand(question, answer, options)),
    );
  program
    .command('watch')
    .description('follow what happens in the workspaces of this node, through its running agent')
    .option('--node <id>', 'the node, where several have agents on this machine')
    .option('--project <name>', 'of one project only')
    .option('--path <path>', 'at or below this path of the workspace only')
    .option('--type <type>', 'seen, committed, applied or held only; may be given again', collect)
    .option('--json', 'one JSON object a line')
    .option(
      '--exec <command>',
      'run this for what happens, with the event as JSON on its input; by itself: for applied',
    )
    .option('--timeout <seconds>', 'end a run of --exec after this long', '300')
    .addHelpText(
      'after',
      examples('npx fs-sync watch --project site', "npx fs-sync watch --path docs --exec 'make docs'"),
    )
    .action((options: Omit<WatchArgs, 'type'> & { type?: string[] }) => watchCommand({ type: [], ...options }));
}
