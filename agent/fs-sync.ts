// The `fs-sync` command line: runs the command that is asked for, and says what became of it.
import { CommanderError } from 'commander';
import { NatsServerMissingError, NatsServerStartError } from '../core/embedded/nats-server.ts';
import { RadosgwError } from '../core/embedded/radosgw.ts';
import { InvalidValueError } from '../core/model/ids.ts';
import { SettingsError } from '../core/settings/env.ts';
import { NatsUnreachableError } from '../core/store/nats-connect.ts';
import { StoreDeniedError, StoreFullError, StoreUnavailableError } from '../core/store/store-errors.ts';
import { AgentRunsAlreadyError } from './assign/instance.ts';
import { AuditBrokenError } from './audit/audit-command.ts';
import { commandLine } from './command-line.ts';
import { isDiskFull } from './disk/disk-error.ts';
import { IncompleteError } from './job/checkout-command.ts';
import { EndedBySignalError } from './job/signals.ts';
import { JobFailedError } from './lifecycle/job-command.ts';
import { NotWholeError } from './lifecycle/restore-index-command.ts';
import { ApiRefusedError, ServerAwayError, StrangeServerError, TokenRefusedError } from './remote/api-errors.ts';
import { WrongBytesError } from './remote/fetch-file.ts';
import { FileChangedError } from './remote/remote-file.ts';
import { AgentAwayError, AgentRefusedError } from './subscribe/read-events.ts';
import { ChildStartError } from './up/child.ts';

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
  AuditBrokenError,
  ServerAwayError,
  StrangeServerError,
  TokenRefusedError,
  ApiRefusedError,
  FileChangedError,
  WrongBytesError,
  StoreDeniedError,
  StoreFullError,
  StoreUnavailableError,
];

try {
  await commandLine().parseAsync();
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
