// How `fs-sync project` is called.
import type { Command } from 'commander';
import { askName } from './ask-name.ts';
import {
  createCommand,
  deleteCommand,
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
  npx fs-sync project undelete www`;

export function declareProject(program: Command, print: (lines: readonly string[]) => void): void {
  const project = program
    .command('project')
    .description('create, list, rename and delete projects')
    .addHelpText('after', EXAMPLES);
  project
    .command('create <name>')
    .description('create an empty project')
    .option('--json', 'say what was done as one JSON object')
    .action(async (name: string, options: ProjectCommandArgs) => print([await createCommand(name, options)]));
  project
    .command('list')
    .description('all projects, and those that are deleted and kept for now')
    .option('--json', 'as one JSON object')
    .action(async (options: ProjectCommandArgs) => print([await listCommand(options)]));
  project
    .command('rename <name> <new-name>')
    .description('give a project another name; its history goes on, its workspaces do not follow')
    .option('--json', 'say what was done as one JSON object')
    .action(async (name: string, next: string, options: ProjectCommandArgs) =>
      print([await renameCommand(name, next, options)]),
    );
  project
    .command('delete <name>')
    .description('delete a project; it is kept for 30 days, and workspaces keep their files')
    .option('--yes', 'do not ask for the name')
    .option('--json', 'say what was done as one JSON object')
    .action(async (name: string, options: ProjectCommandArgs & { yes?: boolean }) =>
      print([await deleteCommand(name, options, askName)]),
    );
  project
    .command('undelete <name>')
    .description('bring a deleted project back')
    .option('--json', 'say what was done as one JSON object')
    .action(async (name: string, options: ProjectCommandArgs) => print([await undeleteCommand(name, options)]));
}
