import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { AGENT_THREADS } from './agent-threads.ts';

const folder = mkdtempSync(join(tmpdir(), 'fs-threads-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NODES_OWN = 4;
const AGENTS = Number(AGENT_THREADS.UV_THREADPOOL_SIZE);
const MARK = 'threads at the end: ';

/** What a program had when it ended; Linux lists a process's threads. */
function seenOf(program: string, env: Readonly<Record<string, string>>): { threads: number; left: string } {
  const probe = join(folder, 'probe.cjs');
  writeFileSync(
    probe,
    `process.once('exit', () => {
      const threads = require('node:fs').readdirSync('/proc/self/task').length;
      const left = process.env.UV_THREADPOOL_SIZE ?? 'nothing';
      process.stderr.write(${JSON.stringify(MARK)} + JSON.stringify({ threads, left }));
    });`,
  );
  const args = ['--require', probe, join(import.meta.dirname, '../../scripts', program), '--help'];
  const { stderr } = spawnSync(process.execPath, args, { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' });
  return JSON.parse(stderr.slice(stderr.indexOf(MARK) + MARK.length));
}

test('the installed command has the threads of an agent, and hands none of that on to what it starts', () => {
  const plain = seenOf('fs-sync.mjs', {});
  const installed = seenOf('fs-sync.cjs', {});
  expect(installed).toEqual({ threads: plain.threads + AGENTS - NODES_OWN, left: 'nothing' });
});

test('a number of threads that a person names is kept', () => {
  const plain = seenOf('fs-sync.mjs', {});
  const named = seenOf('fs-sync.cjs', { UV_THREADPOOL_SIZE: '7' });
  expect(named).toEqual({ threads: plain.threads + 7 - NODES_OWN, left: '7' });
});
