// Child processes of the scripts: never a shell, never a standard input that something could ask a question on.
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';

/** The directory that holds package.json. */
export const root = dirname(import.meta.dirname);

/** What went wrong outside, told to a person in one message without a stack. */
export class SetupError extends Error {
  /** @override */
  name = 'SetupError';
}

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]  default: the project's root
 * @property {Record<string, string | undefined>} [env]  added to this process's environment
 * @property {boolean} [show]  the child writes straight to this terminal instead of being captured
 */

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string, stdout: string }>} `code` is 127 when the program is not there; `output` is both streams in the order they came
 */
export function run(command, args, { cwd = root, env = {}, show = false } = {}) {
  return new Promise((resolve) => {
    let output = '';
    let stdout = '';
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    });
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      output += text;
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.on('error', (error) => resolve({ code: 127, output: error.message, stdout: '' }));
    child.on('close', (code, signal) => resolve({ code: code ?? (signal === 'SIGINT' ? 130 : 143), output, stdout }));
  });
}

/** The program of an installed npm package. @param {string} name */
export const bin = (name) => `${root}/node_modules/.bin/${name}`;

/** The last lines of a failed command's output, for a message. @param {string} output */
export const tail = (output, lines = 15) => output.trimEnd().split('\n').slice(-lines).join('\n');

/**
 * Runs a script's main function: a SetupError ends as its sentence, everything else with its stack.
 * @param {() => Promise<number | void>} main  returns the exit code, or nothing where something else decides it
 */
export async function runMain(main) {
  try {
    const code = await main();
    if (code !== undefined) process.exitCode = code;
  } catch (error) {
    console.error(error instanceof SetupError ? error.message : error);
    process.exitCode = 1;
  }
}
