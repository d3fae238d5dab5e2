// The form that makes or changes a webhook: its name and address, and which events it is told of. What comes of a new one is
// its secret, shown this once.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { CopyField } from '../components/copy-field.tsx';
import { Icon } from '../components/icon.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { type EventType, eventTypes } from '../core/model/event.ts';
import { projectNameSchema, quote } from '../core/model/ids.ts';
import { relPathSchema } from '../core/model/rel-path.ts';
import { MAX_WEBHOOK_NAME, MAX_WEBHOOK_PROJECTS, MAX_WEBHOOK_URL } from '../core/model/webhook.ts';
import type { WebhookId } from '../core/model/webhook-id.ts';
import type { AskedWebhook } from '../core/webhook/webhooks.ts';
import { categories, categoryLooks, lookOf } from './category.ts';
import type { AppEnv } from './context.ts';
import { sendPage } from './page.tsx';
import { type Block, block, partHtml } from './parts.ts';
import { isFromScript, patchAnswer } from './said.tsx';
import type { Fields } from './sent.ts';
import { troublePart } from './trouble.tsx';
import { webhooksUrl, webhookUrl } from './url.ts';
import type { WebhookView } from './webhook-view.ts';

type FieldName = 'name' | 'url' | 'projects' | 'prefix';

export interface FilledWebhook {
  readonly texts: Readonly<Record<FieldName, string>>;
  readonly types: ReadonlySet<EventType>;
  readonly faults: Readonly<Partial<Record<FieldName, string>>>;
}

export const emptyForm: FilledWebhook = {
  texts: { name: '', url: '', projects: '', prefix: '' },
  types: new Set(),
  faults: {},
};

export const filledFrom = ({ name, url, filter: { projects, types, prefix } }: WebhookView): FilledWebhook => ({
  texts: { name, url, projects: projects?.join(' ') ?? '', prefix: prefix ?? '' },
  types: new Set(types),
  faults: {},
});

export const refusedUrl = (form: FilledWebhook, fault: string): FilledWebhook => ({ ...form, faults: { url: fault } });

export type ReadWebhook =
  | { readonly kind: 'asked'; readonly asked: AskedWebhook; readonly form: FilledWebhook }
  | { readonly kind: 'invalid'; readonly form: FilledWebhook };

/** Whether the address can be one is for the server to say. */
export function readWebhookForm(field: Fields): ReadWebhook {
  const text = (name: FieldName) => (field(name) ?? '').trim();
  const texts = { name: text('name'), url: text('url'), projects: text('projects'), prefix: text('prefix') };
  const types = eventTypes.filter((type) => field(`type-${type}`) !== undefined);
  const faults: Partial<Record<FieldName, string>> = {};

  if (texts.name === '' || texts.name.length > MAX_WEBHOOK_NAME)
    faults.name = `Give it a name of 1 to ${MAX_WEBHOOK_NAME} characters, such as what it is for.`;
  if (texts.url === '') faults.url = 'Give the address that it is sent to, such as https://hooks.example.net/files.';
  const names = [...new Set(texts.projects.split(/[\s,]+/).filter((one) => one !== ''))];
  const projects = names.flatMap((name) => projectNameSchema.safeParse(name).data ?? []);
  const stranger = names.find((name) => !projectNameSchema.safeParse(name).success);
  if (stranger !== undefined) faults.projects = `${quote(stranger)} is no name of a project.`;
  else if (names.length > MAX_WEBHOOK_PROJECTS)
    faults.projects = `Give at most ${MAX_WEBHOOK_PROJECTS} projects, or none for all.`;
  const prefix = texts.prefix === '' ? undefined : relPathSchema.safeParse(texts.prefix.replace(/\/$/, ''));
  if (prefix?.success === false)
    faults.prefix = `${quote(texts.prefix)} is no path in a project: give one such as docs/reports.`;

  const form: FilledWebhook = { texts, types: new Set(types), faults };
  if (Object.keys(faults).length > 0) return { kind: 'invalid', form };
  const filter = {
    ...(projects.length > 0 && { projects }),
    ...(types.length > 0 && { types }),
    ...(prefix?.success && { prefix: prefix.data }),
  };
  return { kind: 'asked', asked: { name: texts.name, url: texts.url, filter }, form };
}

/** @param view  the one that is changed; undefined: a new one is made */
export async function sendWebhookForm(
  c: Context<AppEnv>,
  view: WebhookView | undefined,
  form: FilledWebhook,
): Promise<Response> {
  const part = webhookBox(<WebhookForm view={view} form={form} />);
  const status = Object.keys(form.faults).length > 0 ? 422 : 200;
  if (isFromScript(c)) return patchAnswer(c, [part], status);
  return boxPage(c, view, { part, still: 'editing', status });
}

export interface MadeSecret {
  readonly id: WebhookId;
  readonly name: string;
  readonly secret: string;
  readonly isNew: boolean;
}

/** In the form's place: the secret, this once. */
export async function sendSecret(c: Context<AppEnv>, made: MadeSecret): Promise<Response> {
  const part = webhookBox(<Made made={made} />);
  if (isFromScript(c)) return patchAnswer(c, [part], 200);
  return boxPage(c, made, { part, still: 'shown once', status: 200 });
}

function boxPage(
  c: Context<AppEnv>,
  of: { readonly id: WebhookId; readonly name: string } | undefined,
  { part, still, status }: { readonly part: Block; readonly still: string; readonly status: 200 | 422 },
): Promise<Response> {
  const place = { text: 'Webhooks', href: webhooksUrl() };
  return sendPage(c, {
    title: of ? visible(of.name) : 'New webhook',
    section: 'settings',
    crumbs: [
      { text: 'Settings', href: '/settings' },
      place,
      ...(of ? [{ text: of.name, href: webhookUrl(of.id) }] : [{ text: 'New webhook' }]),
    ],
    live: { still },
    status,
    trouble: partHtml(troublePart(c.get('services').queries)),
    view: (
      <>
        <header class="head">
          <h1>{of ? <VisibleText value={of.name} /> : 'New webhook'}</h1>
        </header>
        <div class="panel webhook-panel">{partHtml(part)}</div>
      </>
    ),
  });
}

const webhookBox = (children: Child): Block => block('webhook-box', <div id="webhook-box">{children}</div>);

function WebhookForm({ view, form: { texts, types, faults } }: { view: WebhookView | undefined; form: FilledWebhook }) {
  const input = (name: FieldName) => ({
    id: `webhook-${name}`,
    name,
    value: texts[name],
    autocomplete: 'off',
    spellcheck: false,
    'aria-invalid': faults[name] === undefined ? undefined : ('true' as const),
    'aria-describedby': faults[name] === undefined ? undefined : `webhook-${name}-fault`,
  });
  const action = view === undefined ? webhooksUrl() : `${webhookUrl(view.id)}/edit`;
  return (
    <form
      id="webhook-form"
      class="fields"
      method="post"
      action={action}
      data-send={view === undefined ? '' : undefined}
    >
      <div class="field">
        <label for="webhook-name">Name</label>
        <input {...input('name')} maxlength={MAX_WEBHOOK_NAME} placeholder="search index" />
        <FaultLine name="name" faults={faults} />
      </div>
      <div class="field">
        <label for="webhook-url">Address</label>
        <input
          {...input('url')}
          class="mono"
          inputmode="url"
          maxlength={MAX_WEBHOOK_URL}
          placeholder="https://hooks.example.net/files"
        />
        <FaultLine name="url" faults={faults} />
      </div>
      <fieldset class="field webhook-types">
        <legend>
          Events <span class="muted">none ticked: all</span>
        </legend>
        {categories.map((category) => (
          <div>
            <span class={`cat cat-${category}`}>
              <Icon name={categoryLooks[category].icon} />
              {categoryLooks[category].word}
            </span>
            <span class="webhook-choices">
              {eventTypes
                .filter((type) => lookOf(type).category === category)
                .map((type) => (
                  <label>
                    <input type="checkbox" name={`type-${type}`} checked={types.has(type)} />
                    {type}
                  </label>
                ))}
            </span>
          </div>
        ))}
      </fieldset>
      <div class="share-row">
        <div class="field">
          <label for="webhook-projects">
            Projects <span class="muted">empty: all</span>
          </label>
          <input {...input('projects')} class="mono" autocapitalize="none" maxlength={2_000} />
          <FaultLine name="projects" faults={faults} />
        </div>
        <div class="field">
          <label for="webhook-prefix">
            Below <span class="muted">empty: anywhere</span>
          </label>
          <input {...input('prefix')} class="mono" autocapitalize="none" maxlength={4_096} />
          <FaultLine name="prefix" faults={faults} />
        </div>
      </div>
      <p class="share-buttons">
        <a class="button button-quiet" href={view === undefined ? webhooksUrl() : webhookUrl(view.id)}>
          Cancel
        </a>
        <button type="submit" class="button button-primary">
          <Icon name={view === undefined ? 'plus' : 'check'} />
          {view === undefined ? 'Make the webhook' : 'Save'}
        </button>
      </p>
    </form>
  );
}

function FaultLine({ name, faults }: { name: FieldName; faults: FilledWebhook['faults'] }) {
  const fault = faults[name];
  return fault === undefined ? null : (
    <p class="fault" id={`webhook-${name}-fault`}>
      <VisibleText value={fault} />
    </p>
  );
}

function Made({ made: { id, name, secret, isNew } }: { made: MadeSecret }) {
  return (
    <div class="fields" role="status">
      <p class="made">
        <Icon name="circle-check" class="good" />
        {isNew ? (
          <>
            The webhook <strong>{<VisibleText value={name} />}</strong> is made.
          </>
        ) : (
          'It has a new secret; the one before signs beside it for a day more.'
        )}{' '}
        Copy the secret now: it is shown this once.
      </p>
      <CopyField id="made-secret" value={secret} word="Secret" isNew />
      <p class="muted">
        The receiver verifies by it that a message comes from here, with any library of{' '}
        <a href="https://www.standardwebhooks.com">Standard Webhooks</a>.
      </p>
      <p class="share-buttons">
        <a class="button" href={webhookUrl(id)}>
          Deliveries, and a test
        </a>
      </p>
    </div>
  );
}
