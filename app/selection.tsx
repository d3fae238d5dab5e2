// What is done with the files that a person selected. Each act is asked back first, with how much it is and what follows from
// it; the answer is one commit, or starts a job on just these paths, whose progress the rows and its own page show.
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Child } from 'hono/jsx';
import type { ProjectName, Sha } from '../core/model/ids.ts';
import type { JobTask } from '../core/model/job.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import type { AppEnv } from './context.ts';
import { saidOf } from './file-outcome.ts';
import { commitLink, withCommit } from './made-commit.ts';
import type { NodeSummary } from './node-view.ts';
import { sendPage } from './page.tsx';
import { type Block, block, partHtml } from './parts.ts';
import { projectIn } from './project-manage.tsx';
import { answerForm, hasFailed, isFromScript, type Outcome, patchAnswer, saidPart } from './said.tsx';
import { type AskedAct, type Selected, selectedIn, togetherIn } from './selected.ts';
import { ACT_LOOKS } from './selection-bar.tsx';
import { moves } from './selection-move.ts';
import { Question } from './selection-question.tsx';
import { actorOf } from './session.ts';
import { jobUrl, shareUrl } from './url.ts';

/** A path's letters may take nine bytes each: they are encoded by the page, and again by the form. */
const MAX_FORM_BYTES = 2_000_000;

/** They stand before those that limit the forms of a project to less. */
export const selectionRoutes = new Hono<AppEnv>()
  .use('/p/:project/selection/*', bodyLimit({ maxSize: MAX_FORM_BYTES }))
  .post('/p/:project/selection', ask)
  .post('/p/:project/selection/run', run);

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

const holdersOf = (nodes: readonly NodeSummary[] | undefined, project: ProjectName): NodeSummary[] =>
  (nodes ?? []).filter(({ workspaces }) => workspaces.some((one) => one.project === project));

async function run(c: Context<AppEnv>): Promise<Response> {
  const project = projectIn(c);
  const selected = await selectedIn(c);
  if ('fault' in selected) return answerForm(c, selected.back, selected.fault);
  if (selected.act === 'share') return answerForm(c, selected.back, 'invalid');
  const { kind, job, commit } = await carryOut(c, project, { ...selected, act: selected.act });
  const link = job === undefined ? undefined : { href: jobUrl(job), word: 'Open the job' };
  const made = commit && commitLink(project, commit);
  const about = link ?? made ?? (kind === 'resync-asked' ? { href: '/nodes', word: 'Open the nodes' } : undefined);
  // The words first: with them the script knows what became of it when the dialog closes.
  if (isFromScript(c)) return patchAnswer(c, [saidPart(kind, about), askPart()], hasFailed(kind) ? 409 : 200);
  return answerForm(c, link?.href ?? withCommit(selected.back, commit), kind);
}

async function carryOut(
  c: Context<AppEnv>,
  project: ProjectName,
  { act, paths, seen, to }: Selected & { readonly act: AskedAct },
): Promise<{ readonly kind: Outcome; readonly job?: string; readonly commit?: Sha }> {
  const { jobCommands, projectCommands, fileCommands } = c.get('services');
  const actor = actorOf(c);
  if (act === 'delete' || act === 'move') {
    const ops = act === 'delete' ? paths.map((path) => ({ kind: 'delete', path }) as const) : moves(paths, to ?? '');
    if (!ops) return { kind: 'files-bad-name' };
    const outcome = await fileCommands.commit(actor, { project, ops });
    return { kind: saidOf(outcome), ...(outcome.kind === 'committed' ? { commit: outcome.commit } : {}) };
  }
  if (act === 'pin') return projectCommands.pin(actor, project, paths);
  if (act === 'resync') {
    const path = togetherIn(paths);
    const { kind } = await projectCommands.resync(actor, { project, ...(path === undefined ? {} : { path }) });
    return { kind };
  }
  // Only what takes something away is bound to what was seen.
  const bound = act === 'evict' && seen ? { seen: { items: seen.files, bytes: seen.bytes } } : {};
  const outcome = await jobCommands.start(actor, taskOf(act, project, paths), { dryRun: false, ...bound });
  return 'id' in outcome ? { kind: outcome.kind, job: outcome.id } : { kind: outcome.kind };
}

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
