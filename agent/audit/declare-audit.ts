// How `fs-sync audit` is called.
import type { Command } from 'commander';
import { type AuditArgs, auditCommand, type VerifyArgs, verifyCommand } from './audit-command.ts';

const EXAMPLES = `
Examples:
  npx fs-sync audit --since 7d --actor admin
  npx fs-sync audit --action share --json

An action is one of a noun, such as project.delete, or a noun for all of its own.`;

const VERIFY_EXAMPLES = `
Examples:
  npx fs-sync audit verify
  npx fs-sync audit verify --known 1204:3fa2…

It prints the newest entry's number and hash: kept elsewhere, and given with --known later, they prove that nothing up to there
was written anew.`;

export function declareAudit(program: Command, print: (lines: readonly string[]) => void): void {
  const audit = program
    .command('audit')
    .description('who did what, the newest first; and whether the log of it is whole')
    .option('--since <time>', 'only the last of it, such as 12h, 7d or 4w')
    .option('--actor <id>', 'who did it: a name, a token or an address')
    .option('--action <action>', 'what was tried')
    .option('--project <name>', 'of this project')
    .option('--limit <count>', 'so many', '50')
    .option('--json', 'one JSON object a line, as it is stored')
    .addHelpText('after', EXAMPLES)
    .action(async (options: AuditArgs) => print(await auditCommand(options)));
  audit
    .command('verify')
    .description('read the whole log, and name the first entry that does not fit')
    .option('--known <seq:hash>', 'an entry that is known from elsewhere')
    .option('--json', 'as one JSON object')
    .addHelpText('after', VERIFY_EXAMPLES)
    .action(async (_: object, command: Command) => print([await verifyCommand(command.optsWithGlobals<VerifyArgs>())]));
}
