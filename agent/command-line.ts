// All commands of `fs-sync`, each declared by its own noun. Help, completion and the exit codes are made from what stands here.

import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { declareAssign } from './assign/declare-assign.ts';
import { declareAudit } from './audit/declare-audit.ts';
import { declareCompletion } from './completion/declare-completion.ts';
import { declareDoctor } from './doctor/declare-doctor.ts';
import { declareHistory } from './history/declare-history.ts';
import { declareJob } from './job/declare-job.ts';
import { declareLifecycle } from './lifecycle/declare-lifecycle.ts';
import { declareShortcuts } from './lifecycle/declare-shortcuts.ts';
import { declareProject } from './project/declare-project.ts';
import { declareFiles } from './remote/declare-files.ts';
import { declareFleetView } from './remote/declare-fleet-view.ts';
import { declareLogin } from './remote/declare-login.ts';
import { declareTokens } from './remote/declare-tokens.ts';
import { declareWebhooks } from './remote/declare-webhooks.ts';
import { declareShare } from './share/declare-share.ts';
import { declareNode } from './subscribe/declare-node.ts';
import { print } from './terminal/print.ts';
import { declareFleet } from './up/declare-fleet.ts';

export function commandLine(): Command {
  const program = new Command('fs-sync')
    .exitOverride()
    .version(packageJson.version)
    .description('Keeps directories of a server fleet in sync through NATS (hot) and S3 (cold).')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('What a command takes: npx fs-sync help <command>')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 a fault of the program, 2 something to mend first; the message says what. More: npx fs-sync help exit-codes',
    );
  declareFleet(program);
  declareLogin(program, print);
  declareFiles(program, print);
  declareProject(program, print);
  declareHistory(program, print);
  declareJob(program);
  declareShortcuts(program, print);
  declareShare(program, print);
  declareAudit(program, print);
  declareLifecycle(program, print);
  declareAssign(program);
  declareFleetView(program, print);
  declareNode(program, print);
  declareTokens(program, print);
  declareWebhooks(program, print);
  declareDoctor(program, print);
  declareCompletion(program, print);
  return program;
}
