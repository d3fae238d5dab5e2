// Tells a server that a killed parent left behind from one that still has its parent. A pid alone proves nothing,
// because pids are used again: the process must also name our configuration file in its command line.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemClock } from '../model/clock.ts';

const run = promisify(execFile);

export type Stale =
  | { readonly kind: 'none' }
  /** its parent is gone: nobody would ever end it */
  | { readonly kind: 'orphan'; readonly pid: number }
  | { readonly kind: 'owned'; readonly pid: number; readonly owner: number };

/** @param argument  what the command line of ours, and of no other process, contains */
export async function findStale(pidFile: string, ownerFile: string, argument: string): Promise<Stale> {
  const pid = await readPid(pidFile);
  if (pid === undefined) return { kind: 'none' };
  const seen = await look(pid);
  if (!seen?.command.includes(argument)) return { kind: 'none' };
  const owner = await readPid(ownerFile);
  return owner !== undefined && seen.parent === owner ? { kind: 'owned', pid, owner } : { kind: 'orphan', pid };
}

/** Asks it to end, insists after `timeoutMs`, and returns when it is gone. */
export async function terminate(pid: number, timeoutMs: number): Promise<void> {
  signal(pid, 'SIGTERM');
  const insistAt = systemClock.now() + timeoutMs;
  while (await runs(pid)) {
    if (systemClock.now() > insistAt) signal(pid, 'SIGKILL');
    await systemClock.sleep(10);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone already, or never was ours to end; `runs` tells which.
  }
}

/** A zombie that nobody collects, as in a container without an init, does not run any more. */
async function runs(pid: number): Promise<boolean> {
  const seen = await look(pid);
  return seen !== undefined && seen.command !== '';
}

async function readPid(file: string): Promise<number | undefined> {
  const pid = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}

async function look(pid: number): Promise<{ readonly parent: number; readonly command: string } | undefined> {
  try {
    const [status, command] = await Promise.all([
      readFile(`/proc/${pid}/status`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    // A zombie has an empty command line.
    return { parent: Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]), command: command.replaceAll('\0', ' ') };
  } catch {
    return lookWithPs(pid);
  }
}

/** Where there is no /proc. */
async function lookWithPs(pid: number): Promise<{ readonly parent: number; readonly command: string } | undefined> {
  const { stdout } = await run('ps', ['-o', 'ppid=,command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  const row = /^\s*(\d+)\s+(.*)$/m.exec(stdout);
  return row ? { parent: Number(row[1]), command: row[2] ?? '' } : undefined;
}
