// Asks for a secret: on a terminal without showing it, else by the first line of the input. What is given as an argument would
// be seen by everybody on the machine.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** @returns undefined when the input ended without one */
export async function askSecret(question: string): Promise<string | undefined> {
  const isTerminal = process.stdin.isTTY === true;
  const hidden = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: hidden, terminal: isTerminal });
  try {
    process.stderr.write(question);
    for await (const line of lines) return line;
    return undefined;
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write('\n');
  }
}
