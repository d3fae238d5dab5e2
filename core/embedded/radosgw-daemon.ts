// One of the S3 server's processes: started in its directory with a log and a pid file, ended by signal, and found again
// by a later start when whoever started it was killed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CephPrograms, RadosgwError } from './radosgw-programs.ts';
import { findStale, type Stale, terminate } from './stale-process.ts';

export interface Daemon {
  readonly name: string;
  /** Resolves when the process has ended, whoever ended it. */
  readonly exited: Promise<void>;
  end(signal: NodeJS.Signals, timeoutMs: number): Promise<void>;
}

const pidFile = (dir: string, name: string) => join(dir, `${name}.pid`);
const ownerFile = (dir: string) => join(dir, 'owner.pid');
const logFile = (dir: string, name: string) => join(dir, 'log', `${name}.out`);

/** @param outlive  lets the process run on when this one ends */
export async function startDaemon(
  programs: CephPrograms,
  dir: string,
  { name, program, args, outlive }: { name: string; program: string; args: readonly string[]; outlive: boolean },
): Promise<Daemon> {
  const log = await open(logFile(dir, name), 'a');
  // A group of its own: Ctrl-C in the terminal reaches us, and we end it after those who use it.
  const options = { cwd: dir, env: programs.env, detached: true };
  const child = spawn(programs.path(program), args, { ...options, stdio: ['ignore', log.fd, log.fd] });
  const onExit = () => child.kill('SIGKILL');
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      process.removeListener('exit', onExit);
      resolve();
    });
  });
  await once(child, 'spawn').catch((cause: unknown) => {
    throw new RadosgwError(`${programs.path(program)} could not be started: ${cause}`, { cause });
  });
  await log.close();
  if (outlive) child.unref();
  else process.once('exit', onExit);
  await writeFile(pidFile(dir, name), String(child.pid));
  await writeFile(ownerFile(dir), outlive ? '' : String(process.pid));
  return {
    name,
    exited,
    async end(signal, timeoutMs) {
      child.ref();
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      await exited;
      clearTimeout(timer);
      await rm(pidFile(dir, name), { force: true });
    },
  };
}

/** @param mark  what the command line of ours, and of no other process, contains */
export function findDaemon(dir: string, name: string, mark: string): Promise<Stale> {
  return findStale(pidFile(dir, name), ownerFile(dir), mark);
}

export async function endStale(dir: string, name: string, pid: number, timeoutMs: number): Promise<void> {
  await terminate(pid, timeoutMs);
  await rm(pidFile(dir, name), { force: true });
}

/** What it said last, for a person; nothing is decided by it. */
export async function lastWords(dir: string, name: string): Promise<string> {
  const text = await readFile(logFile(dir, name), 'utf8').catch(() => '');
  return `${text.trim().split('\n').at(-1) || 'it said nothing'} (log: ${logFile(dir, name)})`;
}
