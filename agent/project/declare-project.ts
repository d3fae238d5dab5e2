// How `fs-sync project` is called.
import type { Command } from 'commander';
import { SERVER_OPTION } from '../remote/declare-login.ts';
import {
  remoteCreate,
  remoteDelete,
  remoteList,
  remotePolicy,
  remoteRename,
  remoteUndelete,
} from '../remote/remote-projects.ts';
import { isAway, type ServerArgs } from '../remote/which-server.ts';
import { examples } from '../terminal/examples.ts';
import { askName } from './ask-name.ts';
import { type PolicyArgs, policyCommand } from './policy-command.ts';
import {
  createCommand,
  deleteCommand,
  forgetIgnoredCommand,
  listCommand,
  type ProjectCommandArgs,
  renameCommand,
  undeleteCommand,
} from './project-command.ts';

const EXAMPLES = `
Examples:
  npx fs-sync project create site
  npx fs-sync project list --json
  npx fs-sync project rename site www
  npx fs-sync project delete www --yes
  npx fs-sync project undelete www
  npx fs-sync project policy www --evict-idle-days 7`;

export function declareProject(program: Command, print: (lines: readonly string[]) => void): void {
  const project = program
    .command('project')
    .description('create, list, rename and delete projects')
    .addHelpText('after', EXAMPLES);
  project
    .command('create <name>')
    .description('create an empty project')
    .option(...SERVER_OPTION)
    .option('--json', 'say what was done as one JSON object')
    .addHelpText('after', examples('npx fs-sync project create site'))
    .action(async (name: string, options: ProjectCommandArgs & ServerArgs) =>
      print([await (isAway(options) ? remoteCreate : createCommand)(name, options)]),
    );
  project
    .command('list')
    .description('all projects, and those that are deleted and kept for now')
    .option(...SERVER_OPTION)
    .option('--json', 'as one JSON object')
    .addHelpText('after', examples('npx fs-sync project list', 'npx fs-sync project list --json'))
    .action(async (options: ProjectCommandArgs & ServerArgs) =>
      print([await (isAway(options) ? remoteList : listCommand)(options)]),
    );
  project
    .command('rename <name> <new-name>')
    .description('give a project another name; its history goes on, and assigned workspaces follow')
    .option(...SERVER_OPTION)
    .option('--json', 'say what was done as one JSON object')
    .addHelpText('after', examples('npx fs-sync project rename site www'))
    .action(async (name: string, next: string, options: ProjectCommandArgs & ServerArgs) =>
      print([await (isAway(options) ? remoteRename : renameCommand)(name, next, options)]),
    );
  project
    .command('delete <name>')
    .description('delete a project; it is kept for 30 days, and workspaces keep their files')
    .option('--yes', 'do not ask for the name')
    .option(...SERVER_OPTION)
    .option('--json', 'say what was done as one JSON object')
    .addHelpText('after', examples('npx fs-sync project delete www', 'npx fs-sync project delete www --yes'))
    .action(async (name: string, options: ProjectCommandArgs & ServerArgs & { yes?: boolean }) =>
      print([await (isAway(options) ? remoteDelete : deleteCommand)(name, options, askName)]),
    );
  project
    .command('forget-ignored <name>')
    .description('take off a project what its .fsignore files name; files on nodes stay, and so does history')
    .option('--dry-run', 'list what it would take off, and change nothing')
    .option('--json', 'as one JSON object')
    .addHelpText('after', examples('npx fs-sync project forget-ignored site --dry-run'))
    .action(async (name: string, options: ProjectCommandArgs & { dryRun?: boolean }) =>
      print([await forgetIgnoredCommand(name, options)]),
    );
  project
    .command('undelete <name>')
    .description('bring a deleted project back')
    .option(...SERVER_OPTION)
    .option('--json', 'say what was done as one JSON object')
    .addHelpText('after', examples('npx fs-sync project undelete www'))
    .action(async (name: string, options: ProjectCommandArgs & ServerArgs) =>
      print([await (isAway(options) ? remoteUndelete : undeleteCommand)(name, options)]),
    );
  project
    .command('policy <name>')
    .description('what a project has decided for itself; with options: change it')
    .option('--durability <fast|strict>', 'strict: a commit waits until what it brings is proven in cold')
    .option('--conflicts <last-writer|keep-both>', 'what becomes of the loser of a conflict')
    .option(
      '--first-read <promote|object>',
      'what the first read of a cold project brings back: all of it, or what is read',
    )
    .option('--evict <never|by-policy>', 'never: its files stay in hot storage, however full that is')
    .option('--evict-idle-days <days>', 'how long nobody uses a file before it may leave hot storage, or default')
    .option(...SERVER_OPTION)
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      examples('npx fs-sync project policy site', 'npx fs-sync project policy site --durability strict --evict never'),
    )
    .action(async (name: string, options: PolicyArgs & ServerArgs) =>
      print([await (isAway(options) ? remotePolicy : policyCommand)(name, options)]),
    );
}
