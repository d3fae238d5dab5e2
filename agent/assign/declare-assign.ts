// How the commands are called that say what a node is to hold: `activate`, `deactivate` and `forget`.
import { type Command, Option } from 'commander';
import { examples } from '../terminal/examples.ts';
import { type ActivateArgs, activateCommand, type DeactivateArgs, deactivateCommand } from './activate-command.ts';
import { type ForgetArgs, forgetCommand } from './forget-command.ts';

export function declareAssign(program: Command): void {
  program
    .command('activate')
    .description('assign a workspace to a node, or bring one back that was removed from it')
    .requiredOption('--node <id>', 'the node')
    .requiredOption('--project <name>', 'the project')
    .option('--prefix <path>', 'only this directory of the project')
    .option('--root <directory>', 'below a directory that the node allows; default: the name of the project')
    .addOption(new Option('--mode <mode>', 'which way changes go').choices(['two-way', 'receive', 'send']))
    .option('--idle-remove <seconds>', 'remove it from the node when nothing changed in it for so long')
    .option(
      '--delete-threshold <files,a day,share>',
      'what may be deleted in it without a question, such as 20,100,50%; default: as the node says',
    )
    .addHelpText(
      'after',
      examples(
        'npx fs-sync activate --node web-1 --project site',
        'npx fs-sync activate --node web-1 --project site --prefix images --mode receive',
      ),
    )
    .action((options: ActivateArgs) => activateCommand(options));
  program
    .command('deactivate')
    .description('remove an assigned workspace from a node, when all that it holds is proven to be in the project')
    .requiredOption('--node <id>', 'the node')
    .requiredOption('--project <name>', 'the project')
    .option('--prefix <path>', 'the one that holds this directory of the project')
    .option('--root <directory>', 'the one in this directory')
    .addHelpText('after', examples('npx fs-sync deactivate --node web-1 --project site'))
    .action((options: DeactivateArgs) => deactivateCommand(options));
  program
    .command('forget')
    .description(
      'take a node that is gone for good off the list, with what it was asked to be; projects keep all files',
    )
    .requiredOption('--node <id>', 'the node; its agent has stopped, or was silent for 15 s')
    .addHelpText('after', examples('npx fs-sync forget --node web-3'))
    .action((options: ForgetArgs) => forgetCommand(options));
}
