// The form that makes a link: to a file or a directory, as it is or as it will be, for how long, how often, and by which
// password. It is a page, and with a script a dialog over the page that one is on.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { CopyField } from '../components/copy-field.tsx';
import { formatCount } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { type ProjectName, projectNameSchema, quote, type Sha, shaSchema } from '../core/model/ids.ts';
import { baseName, type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import { MAX_PASSWORD, MAX_SHARE_USES, MIN_PASSWORD, type ShareScope } from '../core/model/share.ts';
import { parseLasting } from '../core/share/lasting.ts';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import { sendPage } from './page.tsx';
import { type Block, block, partHtml } from './parts.ts';
import { isFromScript, patchAnswer } from './said.tsx';
import type { Fields } from './sent.ts';
import { ShareScopeLine } from './share-parts.tsx';
import type { AskedShare, ShareView } from './share-view.ts';
import { projectUrl, sharePageUrl } from './url.ts';

/** What a link is to open, as the address or the form says it. */
export interface ShareTarget {
  readonly project: ProjectName;
  readonly path: RelPath | '';
  readonly kind: 'file' | 'directory';
  /** what it is as now: the commit that was asked for, or the one that is current */
  readonly commit: Sha;
}

export interface FilledShare {
  readonly version: string;
  readonly expires: string;
  readonly uses: string;
  readonly faults: Readonly<{ uses?: string; password?: string; expires?: string }>;
}

const EMPTY: FilledShare = { version: 'latest', expires: '7d', uses: '', faults: {} };

const LASTING: readonly (readonly [value: string, word: string])[] = [
  ['1h', '1 hour'],
  ['1d', '1 day'],
  ['7d', '7 days'],
  ['30d', '30 days'],
  ['365d', '1 year'],
  ['never', 'No end'],
];

/** @throws NotFoundError  nothing is there to be shared */
export async function targetOf(
  c: Context<AppEnv>,
  asked: { readonly path: string | undefined; readonly commit: string | undefined },
): Promise<ShareTarget> {
  const project = projectNameSchema.safeParse(c.req.param('project')).data;
  const path = asked.path ? relPathSchema.safeParse(asked.path).data : ('' as const);
  const commit = shaSchema.safeParse(asked.commit ?? '').data;
  if (project === undefined) throw new NotFoundError('There is no such project.');
  if (path === undefined) throw new NotFoundError('This is no path of a project.');
  const found = await c.get('services').shares.shareable(project, path, commit);
  switch (found.kind) {
    case 'file':
    case 'directory':
      return { project, path, kind: found.kind, commit: found.commitSha };
    case 'no-project':
      throw new NotFoundError(`There is no project ${project} (any more).`);
    case 'no-commit':
      throw new NotFoundError(`There is no such commit of ${project}.`);
    case 'nothing':
      throw new NotFoundError('There is nothing at this path. It may have been moved or deleted.');
  }
}

export async function shareFormPage(c: Context<AppEnv>): Promise<Response> {
  const { path, commit } = c.req.query();
  const target = await targetOf(c, { path, commit });
  return sendForm(c, target, commit ? { ...EMPTY, version: 'commit' } : EMPTY);
}

/** With the script, what the dialog shows. */
export function sendForm(c: Context<AppEnv>, target: ShareTarget, filled: FilledShare): Promise<Response> | Response {
  const form = shareBox(target, <ShareForm target={target} filled={filled} />);
  const isRefused = Object.keys(filled.faults).length > 0;
  if (isFromScript(c)) return patchAnswer(c, [form], isRefused ? 409 : 200);
  const { project, path } = target;
  const name = baseName(path) || project;
  return sendPage(c, {
    title: `Share ${visible(name)}`,
    section: 'shares',
    crumbs: [{ text: project, href: projectUrl(project) }, { text: 'Share' }],
    live: { still: '' },
    status: isRefused ? 422 : 200,
    view: (
      <>
        <header class="head">
          <h1>Share</h1>
        </header>
        <div class="panel share-panel">{partHtml(form)}</div>
      </>
    ),
  });
}

/** The link that was made, in the form's place. */
export function madePart(
  target: ShareTarget,
  id: string,
  made: ShareView | undefined,
  address: string | undefined,
): Block {
  return shareBox(
    target,
    <div class="fields" role="status">
      <p class="made">
        <Icon name="circle-check" class="good" />
        The link is made.{made === undefined ? '' : <MadeWords made={made} />}
      </p>
      {address === undefined ? null : <CopyField id="made-link" value={address} word="Link" isNew />}
      <p class="share-buttons">
        <a class="button button-quiet" href={sharePageUrl(id)}>
          Uses, and revoke
        </a>
      </p>
    </div>,
  );
}

/** Who can open it, until when, and how often. */
function MadeWords({ made: { hasPassword, expiresAt, maxUses } }: { made: ShareView }) {
  return (
    <>
      {' '}
      Whoever has it {hasPassword ? 'and its password ' : ''}can open it
      {expiresAt === undefined ? ' until it is revoked' : ''}
      {maxUses === undefined ? '' : `, ${maxUses === 1 ? 'once' : `${formatCount(maxUses)} times`} at most`}.
      {expiresAt === undefined ? null : (
        <>
          {' '}
          It expires <When at={expiresAt} as="due" />.
        </>
      )}
      {hasPassword ? ' The password is shown nowhere again: send it another way than the link.' : ''}
    </>
  );
}

function shareBox({ project, path, kind }: ShareTarget, children: Child): Block {
  const scope: ShareScope = { project, path, kind };
  return block(
    'share-box',
    <div id="share-box">
      <p class="share-what">
        <ShareScopeLine scope={scope} />
        <span class="muted">{path === '' ? 'the whole project' : `of ${project}`}</span>
      </p>
      {children}
    </div>,
  );
}

function ShareForm({ target, filled }: { target: ShareTarget; filled: FilledShare }) {
  const { project, path, kind, commit } = target;
  const { version, expires, uses, faults } = filled;
  const what = kind === 'file' ? 'file' : 'folder';
  return (
    <form id="share-form" class="fields" method="post" action={`/p/${project}/share`} data-send="">
      <input type="hidden" name="path" value={path} />
      <input type="hidden" name="commit" value={commit} />
      <fieldset class="field choice-of-two">
        <legend>The link opens</legend>
        <label>
          <input type="radio" name="version" value="latest" checked={version !== 'commit'} />
          the {what} as it is whenever it is opened
        </label>
        <label>
          <input type="radio" name="version" value="commit" checked={version === 'commit'} />
          the {what} as it is at commit <code>{commit.slice(0, 12)}</code>
        </label>
      </fieldset>
      <div class="share-row">
        <div class="field">
          <label for="share-expires">Ends after</label>
          <select id="share-expires" name="expires">
            {LASTING.map(([value, word]) => (
              <option value={value} selected={value === expires}>
                {word}
              </option>
            ))}
          </select>
          <FaultLine id="share-expires-fault" fault={faults.expires} />
        </div>
        <div class="field">
          <label for="share-uses">
            Uses <span class="muted">empty: any number</span>
          </label>
          <input
            id="share-uses"
            name="uses"
            value={uses}
            inputmode="numeric"
            autocomplete="off"
            maxlength={9}
            aria-invalid={faults.uses === undefined ? undefined : 'true'}
            aria-describedby={faults.uses === undefined ? undefined : 'share-uses-fault'}
          />
          <FaultLine id="share-uses-fault" fault={faults.uses} />
        </div>
      </div>
      <div class="field">
        <label for="share-password">
          Password <span class="muted">empty: none</span>
        </label>
        <input
          id="share-password"
          name="password"
          type="password"
          autocomplete="new-password"
          maxlength={MAX_PASSWORD}
          aria-invalid={faults.password === undefined ? undefined : 'true'}
          aria-describedby={faults.password === undefined ? undefined : 'share-password-fault'}
        />
        <FaultLine id="share-password-fault" fault={faults.password} />
      </div>
      <p class="muted">Whoever has the link downloads it without signing in. A use is one visitor, for an hour.</p>
      <p class="share-buttons">
        <button type="submit" class="button button-primary">
          <Icon name="share-2" />
          Make the link
        </button>
      </p>
    </form>
  );
}

function FaultLine({ id, fault }: { id: string; fault: string | undefined }) {
  return fault === undefined ? null : (
    <p class="fault" id={id}>
      <VisibleText value={fault} />
    </p>
  );
}

export type ReadShare =
  | { readonly kind: 'asked'; readonly asked: AskedShare }
  | { readonly kind: 'invalid'; readonly form: FilledShare };

export function readShareForm(field: Fields, { project, path, commit }: ShareTarget): ReadShare {
  const [version, expires, uses] = ['version', 'expires', 'uses'].map((name) => (field(name) ?? '').trim());
  const password = field('password') ?? '';
  const count = Number(uses);
  const isCount = uses === '' || (/^\d+$/.test(uses ?? '') && count >= 1 && count <= MAX_SHARE_USES);
  const lasting = LASTING.find(([value]) => value === expires)?.[0];
  const isLong = password === '' || (password.length >= MIN_PASSWORD && password.length <= MAX_PASSWORD);
  const faults = {
    ...(isCount
      ? {}
      : { uses: `Uses is ${quote(uses ?? '')}: give a whole number from 1 to 1,000,000, or leave it empty.` }),
    ...(lasting === undefined && { expires: 'Choose one of these.' }),
    ...(isLong ? {} : { password: `Give ${MIN_PASSWORD} to ${MAX_PASSWORD} characters, or leave it empty.` }),
  };
  if (Object.keys(faults).length > 0 || lasting === undefined) {
    return { kind: 'invalid', form: { version: version ?? '', expires: expires ?? '', uses: uses ?? '', faults } };
  }
  return {
    kind: 'asked',
    asked: {
      project,
      path,
      commit: version === 'commit' ? commit : undefined,
      lastsMs: parseLasting(lasting),
      maxUses: uses === '' ? undefined : count,
      password: password === '' ? undefined : password,
    },
  };
}
