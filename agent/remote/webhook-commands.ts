// `fs-sync webhook`: receivers that are told of events are made, changed and looked after, through a server. A secret is shown
// once; it stands alone in a pipe, so that it goes into the receiver's settings and not into a log.
import {
  type ApiDelivery,
  type ApiWebhook,
  deliveriesSchema,
  deliveryViewSchema,
  secretSchema,
  webhookPageSchema,
  webhookViewSchema,
} from '../../core/api/webhook.ts';
import { type EventType, eventTypes } from '../../core/model/event.ts';
import { InvalidValueError, parseProjectName, quote } from '../../core/model/ids.ts';
import type { WebhookFilter } from '../../core/model/webhook.ts';
import { webhookIdSchema } from '../../core/model/webhook-id.ts';
import type { Env } from '../../core/settings/env.ts';
import { parsePart } from '../job/job-settings.ts';
import { shown } from '../subscribe/watch-command.ts';
import { ApiClient } from './api-client.ts';
import { type ServerArgs, whichServer } from './which-server.ts';

export type WebhookArgs = ServerArgs & { readonly json?: boolean };

export interface FilterArgs {
  readonly type?: readonly string[];
  readonly project?: readonly string[];
  readonly path?: string;
}

export interface WebhookSent {
  readonly text: string;
  readonly isDelivered: boolean;
}

/** All: @returns what to print @throws InvalidValueError, SettingsError, and what `ApiClient.json` throws */
export async function createWebhookCommand(
  url: string,
  args: WebhookArgs & FilterArgs & { readonly name?: string },
  io: { readonly isTerminal: boolean },
  env: Env = process.env,
): Promise<string> {
  if (!URL.canParse(url)) throw noUrl(url);
  const asked = { name: args.name ?? new URL(url).host, url, filter: filterOf(args) };
  const made = await clientOf(args, env).json(secretSchema, 'POST', '/webhooks', { json: asked });
  if (args.json) return JSON.stringify(made);
  if (!io.isTerminal) return made.secret;
  return `${made.secret}\nIt signs what ${made.id} is sent, and is shown only now. Try it: npx fs-sync webhook test ${made.id}`;
}

export async function listWebhooksCommand(args: WebhookArgs, env: Env = process.env): Promise<string> {
  const webhooks = await clientOf(args, env).all(webhookPageSchema, '/webhooks');
  if (args.json) return JSON.stringify(webhooks);
  if (webhooks.length > 0) return webhooks.map(lineOf).join('\n');
  return 'There is no webhook. Make one: npx fs-sync webhook create <url>';
}

export async function showWebhookCommand(id: string, args: WebhookArgs, env: Env = process.env): Promise<string> {
  const webhook = await clientOf(args, env).json(webhookViewSchema, 'GET', at(id));
  return args.json ? JSON.stringify(webhook) : textOf(webhook);
}

/** Of the filter, what is named takes the place of what was; `all` begins with none. */
export async function editWebhookCommand(
  id: string,
  args: WebhookArgs & FilterArgs & { readonly name?: string; readonly url?: string; readonly all?: boolean },
  env: Env = process.env,
): Promise<string> {
  const { name, url } = args;
  if (url !== undefined && !URL.canParse(url)) throw noUrl(url);
  const client = clientOf(args, env);
  const named = filterOf(args);
  const isFiltered = args.all === true || Object.keys(named).length > 0;
  if (name === undefined && url === undefined && !isFiltered) {
    throw new InvalidValueError('nothing is to be changed: give --name, --url, --type, --project, --path or --all');
  }
  const before = isFiltered && !args.all ? (await client.json(webhookViewSchema, 'GET', at(id))).filter : {};
  const json = { name, url, ...(isFiltered && { filter: { ...before, ...named } }) };
  const webhook = await client.json(webhookViewSchema, 'PATCH', at(id), { json });
  return args.json ? JSON.stringify(webhook) : textOf(webhook);
}

export async function pauseWebhookCommand(
  id: string,
  isPaused: boolean,
  args: WebhookArgs,
  env: Env = process.env,
): Promise<string> {
  const webhook = await clientOf(args, env).json(webhookViewSchema, 'PATCH', at(id), { json: { paused: isPaused } });
  return args.json ? JSON.stringify(webhook) : textOf(webhook);
}

/** What waits for its next attempt. */
export async function tryNowCommand(id: string, args: WebhookArgs, env: Env = process.env): Promise<string> {
  const webhook = await clientOf(args, env).json(webhookViewSchema, 'POST', at(id, '/try'));
  return args.json ? JSON.stringify(webhook) : textOf(webhook);
}

/** @throws InvalidValueError  nothing waits */
export async function passOverCommand(id: string, args: WebhookArgs, env: Env = process.env): Promise<string> {
  const client = clientOf(args, env);
  const { waiting } = await client.json(webhookViewSchema, 'GET', at(id));
  if (!waiting) throw new InvalidValueError(`nothing waits for ${id}: there is nothing to pass over`);
  const webhook = await client.json(webhookViewSchema, 'POST', at(id, '/pass'), { json: { seq: waiting.seq } });
  return args.json ? JSON.stringify(webhook) : textOf(webhook);
}

export async function rotateSecretCommand(
  id: string,
  args: WebhookArgs,
  io: { readonly isTerminal: boolean },
  env: Env = process.env,
): Promise<string> {
  const made = await clientOf(args, env).json(secretSchema, 'POST', at(id, '/rotate'));
  if (args.json) return JSON.stringify(made);
  if (!io.isTerminal) return made.secret;
  return `${made.secret}\nIt is shown only now. The one before signs beside it for a day.`;
}

export async function deleteWebhookCommand(id: string, args: WebhookArgs, env: Env = process.env): Promise<string> {
  await clientOf(args, env).done('DELETE', at(id));
  return args.json ? JSON.stringify({ id, state: 'deleted' }) : `Deleted ${id}: it is told of nothing any more.`;
}

export async function testWebhookCommand(id: string, args: WebhookArgs, env: Env = process.env): Promise<WebhookSent> {
  return sent(await clientOf(args, env).json(deliveryViewSchema, 'POST', at(id, '/test')), args);
}

export async function resendCommand(
  id: string,
  delivery: string,
  args: WebhookArgs,
  env: Env = process.env,
): Promise<WebhookSent> {
  if (!/^[1-9]\d{0,14}$/.test(delivery)) {
    throw new InvalidValueError(
      `${quote(delivery)} is no number of a delivery: npx fs-sync webhook deliveries ${id} shows them`,
    );
  }
  const path = at(id, `/deliveries/${delivery}/resend`);
  return sent(await clientOf(args, env).json(deliveryViewSchema, 'POST', path), args);
}

export async function deliveriesCommand(id: string, args: WebhookArgs, env: Env = process.env): Promise<string> {
  const { items } = await clientOf(args, env).json(deliveriesSchema, 'GET', at(id, '/deliveries'));
  if (args.json) return JSON.stringify(items);
  return items.length === 0 ? 'Nothing was delivered yet.' : items.map(deliveryLine).join('\n');
}

const clientOf = (args: ServerArgs, env: Env): ApiClient => new ApiClient(whichServer(args, env));

const noUrl = (url: string) =>
  new InvalidValueError(`${quote(url)} is no address: give one such as https://example.net/hook`);

function at(id: string, below = ''): string {
  if (webhookIdSchema.safeParse(id).success) return `/webhooks/${id}${below}`;
  throw new InvalidValueError(
    `${quote(id)} is no id of a webhook: it has 20 hex digits, and npx fs-sync webhook list shows them`,
  );
}

function filterOf({ type, project, path }: FilterArgs): WebhookFilter {
  return {
    ...(type && { types: type.map(parseType) }),
    ...(project && { projects: project.map(parseProjectName) }),
    ...(path !== undefined && { prefix: parsePart(path) }),
  };
}

function parseType(text: string): EventType {
  const known = eventTypes.find((type) => type === text);
  if (known) return known;
  throw new InvalidValueError(`${quote(text)} is no type of event: give one of ${eventTypes.join(', ')}`);
}

const sent = (delivery: ApiDelivery, { json }: WebhookArgs): WebhookSent => ({
  text: json ? JSON.stringify(delivery) : deliveryLine(delivery),
  isDelivered: delivery.state === 'delivered',
});

/** `0123…  active    ci  https://ci.example.net/hook` */
const lineOf = ({ id, state, name, url }: ApiWebhook): string =>
  `${id}  ${state.padEnd(8)}  ${shown(name)}  ${shown(url)}`;

function textOf(webhook: ApiWebhook): string {
  const { filter, created_at, by, paused_at, disabled, failing_since, last, waiting, deliveries, can_sign } = webhook;
  const { types, projects, prefix } = filter;
  const lines = [
    `is told of ${types?.join(', ') ?? 'all events'} of ${projects?.join(', ') ?? 'all projects'}${prefix ? `, in ${shown(prefix)}` : ''}`,
    `made ${minute(created_at)} by ${shown(by)}, ${deliveries} deliveries so far`,
    last && `last tried ${minute(last.at)}: ${last.ok ? 'delivered' : 'not delivered'}`,
    paused_at && `paused ${minute(paused_at)}`,
    disabled && `disabled ${minute(disabled.at)}: ${shown(disabled.reason)}`,
    failing_since && `fails since ${minute(failing_since)}`,
    waiting && `delivery ${waiting.delivery} waits for its next attempt, ${minute(waiting.next_at)}`,
    !can_sign && 'its secret was sealed with another FS_ADMIN_TOKEN: npx fs-sync webhook rotate gives it a new one',
  ];
  return [lineOf(webhook), ...lines.filter((line) => typeof line === 'string').map((line) => `  ${line}`)].join('\n');
}

/** `  12  2026-06-01 12:00 UTC  delivered  PathCreated  200 in 31 ms` */
function deliveryLine({ n, about, state, type, tries, attempts }: ApiDelivery): string {
  const last = attempts.at(-1);
  const came = last && [last.status, last.error && shown(last.error)].filter((one) => one !== undefined).join(': ');
  const words = [
    String(n).padStart(4),
    ...(last ? [minute(last.ts)] : []),
    state.padEnd(9),
    about === 'event' ? type : `${type} (${about})`,
    ...(last ? [`${came} in ${last.ms} ms${tries > 1 ? `, after ${tries} attempts` : ''}`] : []),
  ];
  return words.join('  ');
}

/** `2026-06-01 12:00 UTC` */
const minute = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`;
