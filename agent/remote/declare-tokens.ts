// How `fs-sync token` is called.
import { type Command, Option } from 'commander';
import { TOKEN_SCOPES } from '../../core/model/api-token.ts';
import { examples } from '../terminal/examples.ts';
import { collect, type Print } from '../terminal/print.ts';
import { SERVER_OPTION } from './declare-login.ts';
import { createTokenCommand, listTokensCommand, revokeTokenCommand, type TokenArgs } from './token-commands.ts';
import type { ServerArgs } from './which-server.ts';

export function declareTokens(program: Command, print: Print): void {
  const token = program
    .command('token')
    .description('tokens by which programs use a server: make, list and revoke them');
  token
    .command('create <name>')
    .description('make a token; it is shown this once, and printed alone in a pipe')
    .addOption(
      new Option('--scope <scope>', 'what it may do; each includes the ones before')
        .choices(TOKEN_SCOPES)
        .makeOptionMandatory(),
    )
    .option('--project <name>', 'only for this project; may be given again; default: all', collect)
    .option('--expires <time>', 'how long it lasts, such as 12h, 30d, 52w, or never', '30d')
    .option(...SERVER_OPTION)
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      examples(
        'npx fs-sync token create ci --scope write --project site --expires 52w',
        'npx fs-sync token create ci --scope read > token-file',
      ),
    )
    .action(async (name: string, options: TokenArgs) => {
      const io = { now: Date.now(), isTerminal: process.stdout.isTTY === true };
      print([await createTokenCommand(name, options, io)]);
    });
  token
    .command('list')
    .description('the tokens that work now, the newest first')
    .option('--ended', 'those that ended or were revoked, in the last 90 days')
    .option(...SERVER_OPTION)
    .option('--json', 'as one JSON array')
    .addHelpText('after', examples('npx fs-sync token list', 'npx fs-sync token list --ended --json'))
    .action(async (options: ServerArgs & { ended?: boolean; json?: boolean }) =>
      print([await listTokensCommand(options)]),
    );
  token
    .command('revoke <id>')
    .description('end a token at once, on every server')
    .option(...SERVER_OPTION)
    .option('--json', 'as one JSON object')
    .addHelpText('after', examples('npx fs-sync token revoke 0123456789ab'))
    .action(async (id: string, options: ServerArgs & { json?: boolean }) =>
      print([await revokeTokenCommand(id, options)]),
    );
}
