// Asks for a password: on a terminal without showing it, else by the first line of the input. What is given as an argument
// would be seen by everybody on the machine.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { SettingsError } from '../../core/settings/env.ts';

/** @throws SettingsError  none was given */
export type AskPassword = () => Promise<string>;

export const askPassword: AskPassword = async () => {
  const isTerminal = process.stdin.isTTY === true;
  const hidden = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: hidden, terminal: isTerminal });
  try {
    process.stderr.write('Password of the link: ');
    for await (const line of lines) return line;
    throw new SettingsError('no link was made: type a password, or leave --password out');
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write('\n');
  }
};
