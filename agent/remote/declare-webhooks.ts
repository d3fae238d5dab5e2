// How `fs-sync webhook` is called.
import { type Command, Option } from 'commander';
import { eventTypes } from '../../core/model/event.ts';
import { examples } from '../terminal/examples.ts';
import { collect, type Print } from '../terminal/print.ts';
import { SERVER_OPTION } from './declare-login.ts';
import {
  createWebhookCommand,
  deleteWebhookCommand,
  deliveriesCommand,
  editWebhookCommand,
  type FilterArgs,
  listWebhooksCommand,
  passOverCommand,
  pauseWebhookCommand,
  resendCommand,
  rotateSecretCommand,
  showWebhookCommand,
  testWebhookCommand,
  tryNowCommand,
  type WebhookArgs,
  type WebhookSent,
} from './webhook-commands.ts';

const ID = '0123456789abcdef0123';
type Change = WebhookArgs & FilterArgs & { name?: string };

export function declareWebhooks(program: Command, print: Print): void {
  const webhook = program
    .command('webhook')
    .alias('webhooks')
    .description('receivers that are told of events by HTTP: make, change and test them, see what they were sent');
  const io = { isTerminal: process.stdout.isTTY === true };
  const one = (name: string, description: string, example = `npx fs-sync webhook ${name.split(' ')[0]} ${ID}`) =>
    webhook
      .command(name)
      .description(description)
      .option(...SERVER_OPTION)
      .option('--json', 'as JSON')
      .addHelpText('after', examples(example));
  const told = ({ text, isDelivered }: WebhookSent) => {
    print([text]);
    if (!isDelivered) process.exitCode = 2;
  };

  filtered(
    one(
      'create <url>',
      'have a receiver told of events; its secret is shown this once, and printed alone in a pipe',
      'npx fs-sync webhook create https://ci.example.net/hook --project site --type PathCreated --type PathUpdated',
    ),
  )
    .option('--name <name>', 'by which people know it; default: its host')
    .action(async (url: string, options: Change) => print([await createWebhookCommand(url, options, io)]));
  one('list', 'the webhooks that there are, and how they stand', 'npx fs-sync webhook list --json').action(
    async (options: WebhookArgs) => print([await listWebhooksCommand(options)]),
  );
  one('show <id>', 'one webhook: what it is told of, and what waits or fails').action(
    async (id: string, options: WebhookArgs) => print([await showWebhookCommand(id, options)]),
  );
  filtered(
    one(
      'edit <id>',
      'change its name, its address, or what it is told of',
      `npx fs-sync webhook edit ${ID} --all --project site`,
    ),
  )
    .option('--name <name>', 'by which people know it')
    .option('--url <url>', 'where it is told')
    .option('--all', 'of all events again, or of those alone that are named here')
    .action(async (id: string, options: Change & { url?: string; all?: boolean }) =>
      print([await editWebhookCommand(id, options)]),
    );
  one(
    'pause <id>',
    'tell it nothing for now; what happens meanwhile is told when it is resumed, as long as events are kept (30 days)',
  ).action(async (id: string, options: WebhookArgs) => print([await pauseWebhookCommand(id, true, options)]));
  one('resume <id>', 'go on after a pause, or after a server has disabled it').action(
    async (id: string, options: WebhookArgs) => print([await pauseWebhookCommand(id, false, options)]),
  );
  one('try <id>', 'try what waits for its next attempt at once').action(async (id: string, options: WebhookArgs) =>
    print([await tryNowCommand(id, options)]),
  );
  one('pass <id>', 'let the event go that waits, so that what is behind it comes').action(
    async (id: string, options: WebhookArgs) => print([await passOverCommand(id, options)]),
  );
  one('rotate <id>', 'a new secret; the one before signs beside it for a day').action(
    async (id: string, options: WebhookArgs) => print([await rotateSecretCommand(id, options, io)]),
  );
  one('delete <id>', 'end a webhook, with what waits for it').action(async (id: string, options: WebhookArgs) =>
    print([await deleteWebhookCommand(id, options)]),
  );
  one('test <id>', 'send one that says that it is a test; 2 when the receiver does not take it').action(
    async (id: string, options: WebhookArgs) => told(await testWebhookCommand(id, options)),
  );
  one('deliveries <id>', 'its last deliveries, the newest first, and what came of them').action(
    async (id: string, options: WebhookArgs) => print([await deliveriesCommand(id, options)]),
  );
  one(
    'resend <id> <delivery>',
    'send a delivery again, under the id that it had; 2 when the receiver does not take it',
    `npx fs-sync webhook resend ${ID} 12`,
  ).action(async (id: string, delivery: string, options: WebhookArgs) =>
    told(await resendCommand(id, delivery, options)),
  );
}

const filtered = (command: Command): Command =>
  command
    .addOption(
      new Option('--type <type>', 'only events of this type; may be given again')
        .choices(eventTypes)
        .argParser(collect),
    )
    .option('--project <name>', 'only of this project; may be given again', collect)
    .option('--path <path>', 'only of this path and what is below it');
