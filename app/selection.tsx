// What is done with the files that a person selected. Each act is asked back first, with how much it is and what follows from
// it; the answer starts a job on just these paths, whose progress the rows and its own page show.
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Child } from 'hono/jsx';
import { formatBytes, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import type { ProjectName } from '../core/model/ids.ts';
import { type JobTask, MAX_TASK_PATH_LETTERS, MAX_TASK_PATHS } from '../core/model/job.ts';
import { baseName, type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import { commonPart } from '../core/node/resync.ts';
import type { AppEnv } from './context.ts';
import type { FileOp } from './file-commands.ts';
import { saidOf } from './file-outcome.ts';
import type { Amount, Survey } from './file-view.ts';
import type { NodeSummary } from './node-view.ts';
import { sendPage } from './page.tsx';
import { type Block, block, partHtml } from './parts.ts';
import { projectIn } from './project-manage.tsx';
import { answerForm, hasFailed, isFromScript, type Outcome, patchAnswer, saidPart } from './said.tsx';
import { ACT_LOOKS, type SelectionAct, selectionActs, selectionUrl } from './selection-bar.tsx';
import { filesUrl, jobUrl, localPath, shareUrl } from './url.ts';

/** A path's letters may take nine bytes each: they are encoded by the page, and again by the form. */
const MAX_FORM_BYTES = 2_000_000;
const NAMED = 5;

/** They stand before those that limit the forms of a project to less. */
export const selectionRoutes = new Hono<AppEnv>()
  .use('/p/:project/selection/*', bodyLimit({ maxSize: MAX_FORM_BYTES }))
  .post('/p/:project/selection', ask)
  .post('/p/:project/selection/run', run);

/** A link to share has a form of its own. */
type AskedAct = Exclude<SelectionAct, 'share'>;

interface Selected {
  readonly act: SelectionAct;
  readonly paths: readonly RelPath[];
  /** where the reader was */
  readonly back: string;
  /** as the person who agreed was told */
  readonly seen: Amount | undefined;
  /** of a move: the new path of one, or the folder that several go into */
  readonly to: string | undefined;
}

async function selectedIn(c: Context<AppEnv>): Promise<Selected | { readonly fault: Outcome; readonly back: string }> {
  const body = await c.req.parseBody({ all: true });
  const texts = (name: string): string[] =>
    [Object.hasOwn(body, name) ? (body[name] ?? []) : []].flat().filter((value) => typeof value === 'string');
  const [asked] = texts('act');
  const [backTo] = texts('back');
  const back = backTo === undefined ? filesUrl({ project: projectIn(c), prefix: '', open: [] }) : localPath(backTo);
  const act = selectionActs.find((one) => one === asked);
  const paths = texts('path').map((text) => relPathSchema.safeParse(decoded(text)).data);
  const known = paths.filter((path) => path !== undefined);
  if (act === undefined || known.length < paths.length) return { fault: 'invalid', back };
  if (known.length === 0) return { fault: 'selected-none', back };
  const letters = known.reduce((sum, { length }) => sum + length, 0);
  if (known.length > MAX_TASK_PATHS || letters > MAX_TASK_PATH_LETTERS) return { fault: 'selected-too-many', back };
  const [files, bytes] = [...texts('files'), ...texts('bytes')].map(Number);
  const seen = isCount(files) && isCount(bytes) ? { files, bytes } : undefined;
  return { act, paths: [...new Set(known)], back, seen, to: texts('to')[0] };
}

const isCount = (value: number | undefined): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

async function ask(c: Context<AppEnv>): Promise<Response> {
  const project = projectIn(c);
  const selected = await selectedIn(c);
  if ('fault' in selected) return answerForm(c, selected.back, selected.fault);
  if (selected.act === 'share') {
    const [path, ...others] = selected.paths;
    if (path === undefined || others.length > 0) return answerForm(c, selected.back, 'share-one');
    return c.redirect(shareUrl(project, path), 303);
  }
  const { queries } = c.get('services');
  const survey = await queries.survey(project, selected.paths);
  if (!survey) return answerForm(c, '/projects', 'no-project');
  const holders = selected.act === 'resync' ? holdersOf(await queries.nodes(), project) : [];
  if (selected.act === 'resync' && holders.length === 0) return answerForm(c, selected.back, 'no-holder');
  const part = askPart(
    <Question project={project} selected={{ ...selected, act: selected.act }} survey={survey} holders={holders} />,
  );
  if (isFromScript(c)) return patchAnswer(c, [saidPart(undefined), part], 200);
  return sendPage(c, {
    title: `${ACT_LOOKS[selected.act].word} in ${project}`,
    section: 'files',
    crumbs: [{ text: project, href: selected.back }, { text: ACT_LOOKS[selected.act].word }],
    live: { still: '' },
    view: <div class="panel ask-page">{partHtml(part)}</div>,
  });
}

/** What stands in the dialog; nothing closes it. */
export const askPart = (question?: Child): Block => block('ask-body', <div id="ask-body">{question}</div>);

interface QuestionProps {
  readonly project: ProjectName;
  readonly selected: Selected & { readonly act: AskedAct };
  readonly survey: Survey;
  readonly holders: readonly NodeSummary[];
}

function Question({ project, selected: { act, paths, back }, survey, holders }: QuestionProps) {
  const { word, icon } = ACT_LOOKS[act];
  const amount = act === 'resync' ? plural(holders.length, 'node') : plural(survey.files, 'file');
  const leaving = act === 'evict' ? survey.tiers?.both.files : undefined;
  return (
    <form method="post" action={`${selectionUrl(project)}/run`} class="ask" data-send="" data-ask={act}>
      <h2>
        {word} {amount}?
      </h2>
      <ul class="ask-paths mono">
        {paths.slice(0, NAMED).map((path) => (
          <li>
            <VisibleText value={path} />
          </li>
        ))}
        {paths.length > NAMED ? <li class="muted">and {plural(paths.length - NAMED, 'other')}</li> : null}
      </ul>
      <p class="num">
        <strong>{plural(survey.files, 'file')}</strong>, {formatBytes(survey.bytes)}
        {survey.gone > 0
          ? `; ${plural(survey.gone, 'path')} of the selection ${survey.gone === 1 ? 'is' : 'are'} gone`
          : ''}
      </p>
      {consequences(act, survey, { paths, holders }).map((sentence) => (
        <p>{sentence}</p>
      ))}
      {act === 'move' ? <MoveTo paths={paths} /> : null}
      {paths.map((path) => (
        <input type="hidden" name="path" value={encodeURIComponent(path)} />
      ))}
      <input type="hidden" name="act" value={act} />
      <input type="hidden" name="files" value={survey.files} />
      <input type="hidden" name="bytes" value={survey.bytes} />
      <input type="hidden" name="back" value={back} />
      <p class="ask-buttons">
        <a class="button" href={back} data-act="close-dialog">
          Cancel
        </a>
        {leaving === 0 ? null : (
          <button
            type="submit"
            class={`button ${act === 'evict' || act === 'delete' ? 'button-danger' : 'button-primary'}`}
          >
            <Icon name={icon} />
            {word} {leaving === undefined ? amount : plural(leaving, 'file')}
          </button>
        )}
      </p>
    </form>
  );
}

/** A name with what no field holds, such as a line end, is typed anew. */
function MoveTo({ paths }: { readonly paths: readonly RelPath[] }) {
  const [only, ...others] = paths;
  const isOne = others.length === 0;
  return (
    <div class="field">
      <label for="move-to">
        {isOne ? 'New path, from the top of the project' : 'Folder that they go into; empty: the top'}
      </label>
      <input id="move-to" type="text" name="to" value={isOne ? only : ''} required={isOne} autocomplete="off" />
    </div>
  );
}

const count = ({ files, bytes }: Amount): string => `${plural(files, 'file')}, ${formatBytes(bytes)},`;

/** What follows, in sentences. */
export function consequences(
  act: AskedAct,
  { tiers }: Survey,
  { paths, holders }: { readonly paths: readonly RelPath[]; readonly holders: readonly Pick<NodeSummary, 'node'>[] },
): string[] {
  switch (act) {
    case 'promote':
      if (!tiers) return ['What is only in cold storage comes back to hot.'];
      if (tiers.onlyCold.files === 0) return ['Nothing of it is only in cold storage: nothing has to come back.'];
      return [`${count(tiers.onlyCold)} only in cold storage, come back to hot.`];
    case 'evict':
      return evictConsequences(tiers);
    case 'pin':
      return [
        'It stays in hot storage until it is unpinned. What is only in cold storage is not brought back by that.',
      ];
    case 'resync':
      return [resyncConsequence(togetherIn(paths), holders)];
    case 'move':
      return ['By one commit, everywhere at once. What lies at the new place already is not replaced.'];
    case 'delete':
      return [
        'By one commit, on all nodes. What it was stays in history for as long as the project keeps that, and can be restored.',
      ];
    case 'repair':
      return [
        'Each file is read in hot storage and proven in cold. What is damaged or missing in one is made from the other, or from a node that has it; nothing is taken away.',
      ];
  }
}

function resyncConsequence(part: RelPath | undefined, holders: readonly Pick<NodeSummary, 'node'>[]): string {
  const place = part === undefined ? 'all that it holds of the project' : `what it holds at and below ${visible(part)}`;
  return `${namesOf(holders)}: each compares ${place} with the project. Nothing that is in sync is touched.`;
}

function evictConsequences(tiers: Survey['tiers']): string[] {
  const after = 'A read brings a file back; files on nodes stay.';
  if (!tiers) {
    return [`What has a verified copy in cold storage leaves hot; what has none, or is pinned, stays. ${after}`];
  }
  const { both, onlyCold, unproven, pinned } = tiers;
  return [
    both.files === 0
      ? 'Nothing of it can leave hot storage.'
      : `${count(both)} leave hot storage: each has a verified copy in cold. ${after}`,
    ...(onlyCold.files > 0 ? [`${plural(onlyCold.files, 'file')} left it before.`] : []),
    ...(unproven.files > 0 ? [`${count(unproven)} stay, because no copy in cold is proven yet.`] : []),
    ...(pinned.files > 0 ? [`${count(pinned)} stay, because they are pinned.`] : []),
  ];
}

function namesOf(holders: readonly Pick<NodeSummary, 'node'>[]): string {
  const names = holders.map(({ node }) => node as string);
  const others = names.splice(3).length;
  return others > 0 ? `${names.join(', ')} and ${plural(others, 'other node')}` : names.join(' and ');
}

const holdersOf = (nodes: readonly NodeSummary[] | undefined, project: ProjectName): NodeSummary[] =>
  (nodes ?? []).filter(({ workspaces }) => workspaces.some((one) => one.project === project));

async function run(c: Context<AppEnv>): Promise<Response> {
  const project = projectIn(c);
  const selected = await selectedIn(c);
  if ('fault' in selected) return answerForm(c, selected.back, selected.fault);
  if (selected.act === 'share') return answerForm(c, selected.back, 'invalid');
  const { kind, job } = await carryOut(c, project, { ...selected, act: selected.act });
  const link = job === undefined ? undefined : { href: jobUrl(job), word: 'Open the job' };
  const about = link ?? (kind === 'resync-asked' ? { href: '/nodes', word: 'Open the nodes' } : undefined);
  // The words first: with them the script knows what became of it when the dialog closes.
  if (isFromScript(c)) return patchAnswer(c, [saidPart(kind, about), askPart()], hasFailed(kind) ? 409 : 200);
  return answerForm(c, link?.href ?? selected.back, kind);
}

async function carryOut(
  c: Context<AppEnv>,
  project: ProjectName,
  { act, paths, seen, to }: Selected & { readonly act: AskedAct },
): Promise<{ readonly kind: Outcome; readonly job?: string }> {
  const { jobCommands, projectCommands, fileCommands } = c.get('services');
  const { user } = c.get('session');
  if (act === 'delete' || act === 'move') {
    const ops = act === 'delete' ? paths.map((path) => ({ kind: 'delete', path }) as const) : moves(paths, to ?? '');
    if (!ops) return { kind: 'files-bad-name' };
    return { kind: saidOf(await fileCommands.commit({ kind: 'user', id: user }, { project, ops })) };
  }
  if (act === 'pin') return projectCommands.pin(user, project, paths);
  if (act === 'resync') {
    const path = togetherIn(paths);
    const { kind } = await projectCommands.resync(user, { project, ...(path === undefined ? {} : { path }) });
    return { kind };
  }
  // Only what takes something away is bound to what was seen.
  const bound = act === 'evict' && seen ? { seen: { items: seen.files, bytes: seen.bytes } } : {};
  const outcome = await jobCommands.start(user, taskOf(act, project, paths), { dryRun: false, ...bound });
  return 'id' in outcome ? { kind: outcome.kind, job: outcome.id } : { kind: outcome.kind };
}

/** @returns undefined: what was typed is no path */
function moves(paths: readonly RelPath[], typed: string): FileOp[] | undefined {
  const text = typed.replace(/^\/+|\/+$/g, '');
  const ops = paths.flatMap((from): FileOp[] => {
    const into = text === '' ? baseName(from) : `${text}/${baseName(from)}`;
    const to = relPathSchema.safeParse(paths.length === 1 ? text : into);
    return to.success ? [{ kind: 'move', from, to: to.data, replace: false }] : [];
  });
  return ops.length === paths.length ? ops : undefined;
}

/** The part of the project that has all of them; undefined: the whole. */
const togetherIn = (paths: readonly RelPath[]): RelPath | undefined =>
  paths.reduce<RelPath | undefined>((part, path) => commonPart(part, path), paths[0]);

function taskOf(act: 'promote' | 'evict' | 'repair', project: ProjectName, selected: readonly RelPath[]): JobTask {
  const paths = [...selected];
  switch (act) {
    case 'promote':
      return { kind: 'promote', mode: 'fast', project, paths };
    case 'evict':
      return { kind: 'evict', by: 'hand', project, paths };
    case 'repair':
      return { kind: 'repair', project, paths };
  }
}
