// How `fs-sync login`, `logout` and `whoami` are called.
import type { Command } from 'commander';
import { askSecret } from '../terminal/ask-secret.ts';
import { examples } from '../terminal/examples.ts';
import type { Print } from '../terminal/print.ts';
import { type LoginArgs, type LoginIo, loginCommand, logoutCommand, whoamiCommand } from './login-command.ts';
import type { ServerArgs } from './which-server.ts';

/** Of every command that reaches a server over its HTTP API. */
export const SERVER_OPTION = [
  '--server <name>',
  'a login, or an address; default: FS_URL, the fleet that runs here, the last login',
] as const;

export function declareLogin(program: Command, print: Print): void {
  program
    .command('login <url>')
    .description('keep a token for a server, so that commands reach it from this machine')
    .option('--name <name>', 'by which --server finds it; default: its host')
    .option('--token-stdin', 'read the token from the input')
    .option('--json', 'who that is, as one JSON object')
    .addHelpText('after', LOGIN_EXAMPLES)
    .action(async (url: string, options: LoginArgs) => print([await loginCommand(url, options, loginIo)]));
  program
    .command('logout [name]')
    .description('forget the token of a server; default: of the one that was logged in to last')
    .option('--all', 'of every server')
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      examples('npx fs-sync logout', 'npx fs-sync logout files.example.net', 'npx fs-sync logout --all'),
    )
    .action((name: string | undefined, options: { all?: boolean; json?: boolean }) =>
      print([logoutCommand(name, options)]),
    );
  program
    .command('whoami')
    .description('who commands are at a server, and what they may do there')
    .option(...SERVER_OPTION)
    .option('--json', 'as one JSON object')
    .addHelpText('after', examples('npx fs-sync whoami', 'npx fs-sync whoami --server files.example.net --json'))
    .action(async (options: ServerArgs & { json?: boolean }) => print([await whoamiCommand(options)]));
}

const loginIo: LoginIo = {
  ask: askSecret,
  isTerminal: process.stdin.isTTY === true,
  warn: (line) => process.stderr.write(`fs-sync: ${line}\n`),
};

const LOGIN_EXAMPLES = `
Examples:
  npx fs-sync login https://files.example.net
  npx fs-sync login https://files.example.net --name work --token-stdin < token-file

Scripts need no login: FS_URL and FS_TOKEN name a server and a token.`;
