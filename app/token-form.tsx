// The form that makes an API token: its name, what it may do, for which projects, and until when. What it made is in its answer
// and nowhere else, so that the answer is the page itself: sent again it makes another token, which is listed, and can be revoked.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { CopyButton } from '../components/copy-button.tsx';
import { CopyField } from '../components/copy-field.tsx';
import { Icon } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import {
  MAX_TOKEN_NAME,
  MAX_TOKEN_PROJECTS,
  TOKEN_SCOPES,
  tokenNameSchema,
  tokenProjectsSchema,
} from '../core/model/api-token.ts';
import { type ProjectName, quote } from '../core/model/ids.ts';
import type { AppEnv } from './context.ts';
import { sendPage } from './page.tsx';
import { type Block, block, partHtml } from './parts.ts';
import { isFromScript, patchAnswer } from './said.tsx';
import type { Fields } from './sent.ts';
import { originOf } from './share-address.ts';
import { projectsText, SCOPE_WORDS, TokenEnd } from './token-parts.tsx';
import type { AskedToken, TokenView } from './token-view.ts';
import { troublePart } from './trouble.tsx';
import { tokenUrl } from './url.ts';

const DAY_MS = 86_400_000;

const LASTING = [
  { value: '7d', word: '7 days', days: 7 },
  { value: '30d', word: '30 days', days: 30 },
  { value: '90d', word: '90 days', days: 90 },
  { value: '365d', word: '1 year', days: 365 },
  { value: 'never', word: 'Never', days: undefined },
] as const;

type FieldName = 'name' | 'scope' | 'projects' | 'expires';

export interface FilledToken {
  readonly texts: Readonly<Record<FieldName, string>>;
  readonly faults: Readonly<Partial<Record<FieldName, string>>>;
}

const EMPTY: FilledToken = { texts: { name: '', scope: 'read', projects: '', expires: '90d' }, faults: {} };

export type ReadToken =
  | { readonly kind: 'asked'; readonly asked: AskedToken }
  | { readonly kind: 'invalid'; readonly form: FilledToken };

/** @param known  whether there is such a project
 *  @param now  milliseconds since 1970 */
export function readTokenForm(field: Fields, known: (name: ProjectName) => boolean, now: number): ReadToken {
  const text = (name: FieldName) => (field(name) ?? '').trim();
  const texts = { name: text('name'), scope: text('scope'), projects: text('projects'), expires: text('expires') };
  const faults: Partial<Record<FieldName, string>> = {};

  const name = tokenNameSchema.safeParse(texts.name);
  if (!name.success) faults.name = `Name is ${quote(texts.name)}: a name ${name.error.issues[0]?.message}.`;
  const scope = TOKEN_SCOPES.find((one) => one === texts.scope);
  if (scope === undefined) faults.scope = 'Choose one of these.';
  const lasting = LASTING.find(({ value }) => value === texts.expires);
  if (lasting === undefined) faults.expires = 'Choose one of these.';

  const names = [...new Set(texts.projects.split(/[\s,]+/).filter((one) => one !== ''))];
  const stranger = names.find((one) => !known(one as ProjectName));
  if (names.length > MAX_TOKEN_PROJECTS)
    faults.projects = `Give at most ${MAX_TOKEN_PROJECTS} projects, or none for all.`;
  else if (stranger !== undefined) faults.projects = `There is no project ${quote(stranger)}.`;
  else if (scope === 'admin' && names.length > 0)
    faults.projects = 'A token of scope Admin is for all projects: leave this empty, or choose another scope.';

  if (!name.success || scope === undefined || lasting === undefined || Object.keys(faults).length > 0)
    return { kind: 'invalid', form: { texts, faults } };
  const expiresAt = lasting.days === undefined ? 'never' : now + lasting.days * DAY_MS;
  const projects = names.length === 0 ? 'all' : tokenProjectsSchema.parse(names);
  return { kind: 'asked', asked: { name: name.data, scope, projects, expiresAt } };
}

/** The page of the form, or what has to be corrected in the form of a page that is open. */
export async function sendTokenForm(c: Context<AppEnv>, form: FilledToken = EMPTY): Promise<Response> {
  const part = tokenBox(<TokenForm form={form} />);
  const isRefused = Object.keys(form.faults).length > 0;
  if (isFromScript(c)) return patchAnswer(c, [part], isRefused ? 422 : 200);
  return boxPage(c, { title: 'New token', part, still: 'editing', status: isRefused ? 422 : 200 });
}

/** In the form's place: the token, this once. */
export async function sendMadeToken(c: Context<AppEnv>, token: TokenView, text: string): Promise<Response> {
  const part = tokenBox(<Made token={token} text={text} origin={originOf(c)} />);
  if (isFromScript(c)) return patchAnswer(c, [part], 200);
  return boxPage(c, { title: 'The token is made', part, still: 'shown once', status: 200 });
}

function boxPage(
  c: Context<AppEnv>,
  {
    title,
    part,
    still,
    status,
  }: { readonly title: string; readonly part: Block; readonly still: string; readonly status: 200 | 422 },
): Promise<Response> {
  return sendPage(c, {
    title,
    section: 'settings',
    crumbs: [
      { text: 'Settings', href: '/settings' },
      { text: 'API tokens', href: '/settings/tokens' },
      { text: 'New token' },
    ],
    live: { still },
    status,
    trouble: partHtml(troublePart(c.get('services').queries)),
    view: (
      <>
        <header class="head">
          <h1>New token</h1>
        </header>
        <div class="panel token-panel">{partHtml(part)}</div>
      </>
    ),
  });
}

const tokenBox = (children: Child): Block => block('token-box', <div id="token-box">{children}</div>);

function TokenForm({ form: { texts, faults } }: { form: FilledToken }) {
  const described = (name: FieldName) => (faults[name] === undefined ? undefined : `token-${name}-fault`);
  const invalid = (name: FieldName) => (faults[name] === undefined ? undefined : 'true');
  return (
    <form id="token-form" class="fields" method="post" action="/settings/tokens" data-send="">
      <div class="field">
        <label for="token-name">
          Name <span class="muted">what uses it</span>
        </label>
        <input
          id="token-name"
          name="name"
          value={texts.name}
          autocomplete="off"
          spellcheck={false}
          maxlength={MAX_TOKEN_NAME * 2}
          placeholder="nightly build"
          aria-invalid={invalid('name')}
          aria-describedby={described('name')}
        />
        <FaultLine name="name" faults={faults} />
      </div>
      <fieldset class="field choice-of-two" aria-describedby={described('scope')}>
        <legend>It may</legend>
        {TOKEN_SCOPES.map((scope) => (
          <label>
            <input type="radio" name="scope" value={scope} checked={texts.scope === scope} />
            <span>
              {SCOPE_WORDS[scope].word} <span class="muted">{SCOPE_WORDS[scope].about}</span>
            </span>
          </label>
        ))}
        <FaultLine name="scope" faults={faults} />
      </fieldset>
      <div class="field">
        <label for="token-projects">
          Projects <span class="muted">separated by spaces; empty: all</span>
        </label>
        <input
          id="token-projects"
          name="projects"
          value={texts.projects}
          class="mono"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          maxlength={8_000}
          aria-invalid={invalid('projects')}
          aria-describedby={described('projects')}
        />
        <FaultLine name="projects" faults={faults} />
      </div>
      <div class="field token-lasting">
        <label for="token-expires">Expires after</label>
        <select id="token-expires" name="expires" aria-invalid={invalid('expires')}>
          {LASTING.map(({ value, word }) => (
            <option value={value} selected={value === texts.expires}>
              {word}
            </option>
          ))}
        </select>
        <FaultLine name="expires" faults={faults} />
      </div>
      <p class="share-buttons">
        <a class="button button-quiet" href="/settings/tokens">
          Cancel
        </a>
        <button type="submit" class="button button-primary">
          <Icon name="key" />
          Make the token
        </button>
      </p>
    </form>
  );
}

function FaultLine({ name, faults }: { name: FieldName; faults: FilledToken['faults'] }) {
  const fault = faults[name];
  return fault === undefined ? null : (
    <p class="fault" id={`token-${name}-fault`}>
      <VisibleText value={fault} />
    </p>
  );
}

function Made({ token, text, origin }: { token: TokenView; text: string; origin: string }) {
  const command = `curl -H "Authorization: Bearer $FS_TOKEN" ${origin}/api/v1/projects`;
  return (
    <div class="fields" role="status">
      <p class="made">
        <Icon name="circle-check" class="good" />
        The token <strong>{token.name}</strong> is made. Copy it now: it is shown this once, and nobody can show it
        again.
      </p>
      <CopyField id="made-token" value={text} word="Token" isNew />
      <p class="muted">
        {SCOPE_WORDS[token.scope].word}, {projectsText(token)}; expires <TokenEnd at={token.expiresAt} />. A program
        sends it with each request:
      </p>
      <p class="command">
        <code>{command}</code>
        <CopyButton value={command} label="Copy the command" />
      </p>
      <p class="share-buttons">
        <a class="button button-quiet" href={tokenUrl(token.id)}>
          Use, and revoke
        </a>
        <a class="button" href="/settings/tokens">
          All tokens
        </a>
      </p>
    </div>
  );
}
