// The `fs-sync` command line.
import { Command, CommanderError, Option } from 'commander';
import { NatsServerMissingError, NatsServerStartError } from '../core/embedded/nats-server.ts';
import { RadosgwError } from '../core/embedded/radosgw.ts';
import { InvalidValueError } from '../core/model/ids.ts';
import { SettingsError } from '../core/settings/env.ts';
import { NatsUnreachableError } from '../core/store/nats-connect.ts';
import { StoreDeniedError, StoreFullError, StoreUnavailableError } from '../core/store/store-errors.ts';
import { agentCommand } from './agent-command.ts';
import {
  type ActivateArgs,
  activateCommand,
  type DeactivateArgs,
  deactivateCommand,
} from './assign/activate-command.ts';
import { type ForgetArgs, forgetCommand } from './assign/forget-command.ts';
import { AgentRunsAlreadyError } from './assign/instance.ts';
import { isDiskFull } from './disk/disk-error.ts';
import { declareHistory } from './history/declare-history.ts';
import { type CheckoutArgs, checkoutCommand, IncompleteError } from './job/checkout-command.ts';
import { type RunArgs, runCommand } from './job/run-command.ts';
import { EndedBySignalError } from './job/signals.ts';
import { declareLifecycle } from './lifecycle/declare-lifecycle.ts';
import { JobFailedError } from './lifecycle/job-command.ts';
import { NotWholeError } from './lifecycle/restore-index-command.ts';
import { declareProject } from './project/declare-project.ts';
import { declareShare } from './share/declare-share.ts';
import { answerCommand, type StatusArgs, statusCommand } from './subscribe/ask-agent.ts';
import { AgentAwayError, AgentRefusedError } from './subscribe/read-events.ts';
import { type WatchArgs, watchCommand } from './subscribe/watch-command.ts';
import { ChildStartError } from './up/child.ts';
import { up } from './up/up-command.ts';

/** Errors whose message says all that a person needs; others are shown with their stack, for a bug report. */
const EXPLAINED = [
  SettingsError,
  InvalidValueError,
  NatsServerMissingError,
  NatsServerStartError,
  NatsUnreachableError,
  RadosgwError,
  ChildStartError,
  AgentRunsAlreadyError,
  IncompleteError,
  EndedBySignalError,
  AgentAwayError,
  AgentRefusedError,
  JobFailedError,
  NotWholeError,
  StoreDeniedError,
  StoreFullError,
  StoreUnavailableError,
];

const program = new Command('fs-sync')
  .exitOverride()
  .description('Keeps directories of a server fleet in sync through NATS (hot) and S3 (cold).')
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('What a command takes: npx fs-sync help <command>')
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 1 a fault of the program, 2 something to mend first; the message says what.',
  );

program
  .command('up')
  .description('run a whole fleet on this machine: NATS, cold storage, the server and two nodes')
  .addOption(
    new Option('--s3', 'bring up a real S3 server (Ceph radosgw) in place of the cold directory').default(false),
  )
  .action(async (options: { s3: boolean }) => {
    await up(options, process.env);
    // Whatever still waits for something that has ended must not keep the person waiting.
    process.exit(0);
  });

program
  .command('server')
  .description('run the server: pages, API and lifecycle jobs (settings come from the environment)')
  .action(async () => {
    // The server is a program of its own, built beside this one.
    await import(new URL('../server/main.js', import.meta.url).href);
  });

program
  .command('agent')
  .description('keep workspaces of this node in sync')
  .requiredOption('--node <id>', "this node's id")
  .option('--workspace <project=directory>', 'a project and the directory that holds it; may be given again', collect)
  .option('--hook <command>', 'run this when a remote change is whole on disk (also by FS_HOOK_APPLIED)')
  .action((options: { node: string; workspace?: string[]; hook?: string }) =>
    agentCommand({ workspace: [], ...options }),
  );

program
  .command('status')
  .description('how the workspaces of this machine are, and why, as its running agents say')
  .option('--node <id>', 'of this node only; default: of all that have agents here')
  .option('--json', 'one JSON object a node, each on a line')
  .action(async (options: StatusArgs) => {
    const { lines, away } = await statusCommand(options);
    print(lines);
    for (const line of away) process.stderr.write(`fs-sync: ${line}\n`);
  });

program
  .command('answer')
  .argument('<question>', 'its id, as status shows it')
  .argument('<answer>', 'restore, or allow')
  .description('answer what a workspace of this node asks, such as whether most of its files are to be deleted')
  .option('--node <id>', 'the node, where several have agents on this machine')
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
  .option('--exec <command>', 'run this for what happens, with the event as JSON on its input; by itself: for applied')
  .option('--timeout <seconds>', 'end a run of --exec after this long', '300')
  .action((options: Omit<WatchArgs, 'type'> & { type?: string[] }) => watchCommand({ type: [], ...options }));

program
  .command('run')
  .description('run a command in a workspace of its own, commit what it changed, and exit as it did')
  .usage('--project <name> [options] -- <command> [arguments...]')
  .argument('<command...>', 'after --')
  .requiredOption('--project <name>', 'the project')
  .option('--prefix <path>', 'only this directory of the project')
  .option('--dir <directory>', 'where to run it; default: a new directory in $FS_DATA_DIR/jobs')
  .option('--keep', 'leave the directory there')
  .option('--no-commit', 'throw away what the command changed')
  .option('--discard-failed', 'throw it away when the command fails; without this it is committed, with the exit code')
  .option('--allow-deletions', 'commit also when more than 20 files and more than half of them are gone')
  .action(async (words: string[], options: RunArgs) => process.exit(await runCommand(words, options)));

program
  .command('activate')
  .description('assign a workspace to a node, or bring one back that was removed from it')
  .requiredOption('--node <id>', 'the node')
  .requiredOption('--project <name>', 'the project')
  .option('--prefix <path>', 'only this directory of the project')
  .option('--root <directory>', 'below a directory that the node allows; default: the name of the project')
  .addOption(new Option('--mode <mode>', 'which way changes go').choices(['two-way', 'receive', 'send']))
  .option('--idle-remove <seconds>', 'remove it from the node when nothing changed in it for so long')
  .action((options: ActivateArgs) => activateCommand(options));

program
  .command('deactivate')
  .description('remove an assigned workspace from a node, when all that it holds is proven to be in the project')
  .requiredOption('--node <id>', 'the node')
  .requiredOption('--project <name>', 'the project')
  .option('--prefix <path>', 'the one that holds this directory of the project')
  .option('--root <directory>', 'the one in this directory')
  .action((options: DeactivateArgs) => deactivateCommand(options));

program
  .command('forget')
  .description('take a node that is gone for good off the list, with what it was asked to be; projects keep all files')
  .requiredOption('--node <id>', 'the node; its agent has stopped, or was silent for 15 s')
  .action((options: ForgetArgs) => forgetCommand(options));

program
  .command('checkout')
  .description('write the files of a commit into a directory, verified; they are not synced from then on')
  .argument('<directory>', 'an empty or a new directory')
  .requiredOption('--project <name>', 'the project')
  .option('--commit <id>', 'a commit, or the beginning of its id; default: what is current')
  .option('--prefix <path>', 'only this directory of the project')
  .option('--force', 'write over files that are there; others in the directory stay')
  .option('--json', 'say what was done as one JSON object')
  .action((directory: string, options: CheckoutArgs) => checkoutCommand(directory, options));

declareHistory(program, print);
declareProject(program, print);
declareLifecycle(program, print);
declareShare(program, print);

try {
  await program.parseAsync();
} catch (error) {
  // The command line has said already what is wrong with it; help that was asked for is no fault.
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  const explained = EXPLAINED.some((kind) => error instanceof kind) || isDiskFull(error);
  const text = isDiskFull(error)
    ? `the disk of FS_DATA_DIR is full: free some space and start again (${error})`
    : textOf(error, explained);
  process.send?.({ kind: 'failed', message: text });
  process.stderr.write(`fs-sync: ${text}\n`);
  process.exit(error instanceof EndedBySignalError ? error.exitCode : explained ? 2 : 1);
}

function textOf(error: unknown, explained: boolean): string {
  if (!(error instanceof Error)) return String(error);
  return explained ? error.message : (error.stack ?? error.message);
}

function print(lines: readonly string[]): void {
  // Whoever read the lines has gone, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  for (const line of lines) process.stdout.write(`${line}\n`);
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
