// Settings: the policies of each project, which can be changed, and what this server was started with and needs, which is
// only shown, with the variable that sets it.
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { EmptyState } from '../components/empty-state.tsx';
import { formatDuration } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { ProjectName } from '../core/model/ids.ts';
import type { JobKind } from '../core/model/job.ts';
import { DEFAULT_POLICY, type ProjectPolicy } from '../core/model/policy.ts';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import { KIND_WORDS } from './job-parts.tsx';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { block, listRow, markOf, type Part, partHtml, rowId } from './parts.ts';
import { type FilledPolicy, filledFrom, policyFormPart, policyMoved, readPolicyForm } from './policy-form.tsx';
import { projectIn } from './project-manage.tsx';
import { answerForm, isFromScript, type Outcome, saidHtml, saidIn } from './said.tsx';
import { fieldsIn } from './sent.ts';
import { actorOf } from './session.ts';
import { SettingsNav } from './settings-nav.tsx';
import type { ServerShown } from './settings-view.ts';
import { troublePart } from './trouble.tsx';
import { jobsUrl, manageUrl, policyUrl, projectUrl } from './url.ts';

const DAY_MS = 86_400_000;
const MAX_FORM_BYTES = 16 * 1024;

export const settingsRoutes = new Hono<AppEnv>()
  .get('/settings', (c) => settingsPage(c))
  .get('/settings/live', (c: Context<AppEnv>) => live(c, [{ kind: 'settings' }], async () => (await load(c)).all))
  .get('/settings/policies/:project', (c) => policyPage(c))
  .use('/settings/*', bodyLimit({ maxSize: MAX_FORM_BYTES }))
  .post('/settings/policies/:project', async (c) => {
    const project = projectIn(c);
    const read = readPolicyForm(await fieldsIn(c));
    if (!read) return answerForm(c, policyUrl(project), 'invalid');
    if (read.kind === 'invalid') return again(c, 'invalid', read.form);
    const { seen } = read.form;
    const change = { seen, next: read.next };
    const outcome = await c.get('services').policyCommands.changePolicy(actorOf(c), project, change);
    if (outcome.kind === 'no-project') return answerForm(c, '/settings', outcome.kind);
    if (outcome.kind === 'policy-moved')
      return again(c, outcome.kind, policyMoved(read.form, outcome.policy, outcome.fields));
    return answerForm(c, policyUrl(project), outcome.kind, policyFormPart(project, filledFrom(outcome.policy)));
  });

async function settingsPage(c: Context<AppEnv>): Promise<Response> {
  const { parts, all } = await load(c);
  return sendPage(c, {
    title: 'Settings',
    section: 'settings',
    crumbs: [{ text: 'Settings' }],
    live: { mark: markOf(all) },
    trouble: partHtml(parts.trouble),
    view: (
      <>
        <header class="head">
          <h1>Settings</h1>
        </header>
        <SettingsNav here="overview" />
        {saidHtml(saidIn(c))}
        <section class="panel" aria-labelledby="policies-title">
          <h2 id="policies-title">Policies of projects</h2>
          {partHtml(parts.policies)}
          {partHtml(parts.none)}
        </section>
        {partHtml(parts.server)}
      </>
    ),
  });
}

async function load(c: Context<AppEnv>) {
  const { settings, queries } = c.get('services');
  const [policies, server] = await Promise.all([settings.policies(), settings.server()]);
  const names = [...policies].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const parts = {
    trouble: troublePart(queries),
    policies: {
      kind: 'list' as const,
      tag: 'div' as const,
      id: 'policies',
      rows: names.map(([name, policy]) => listRow(rowId('policy', name), <PolicyRow name={name} policy={policy} />)),
    },
    none: block('policies-none', <NoPolicies none={names.length === 0} />),
    server: block('server', <Server server={server} />),
  };
  const all: readonly Part[] = Object.values(parts);
  return { parts, all };
}

function PolicyRow({ name, policy }: { name: ProjectName; policy: ProjectPolicy }) {
  const own = wordsOf(policy).filter((word) => !wordsOf(DEFAULT_POLICY).includes(word));
  return (
    <div class="setting" id={rowId('policy', name)} data-project={name}>
      <h3>
        <a href={projectUrl(name)}>{name}</a>
      </h3>
      <p class="muted">{own.length === 0 ? 'as new projects are' : own.join(' · ')}</p>
      <a class="button button-quiet" href={policyUrl(name)} aria-label={`Change the policies of ${name}`}>
        <Icon name="pencil" />
        Change
      </a>
    </div>
  );
}

/** A policy in a few words; what is as by default is among the words of the default policy. */
function wordsOf({ durability, conflicts, deactivate, evict, first_read, retention }: ProjectPolicy): string[] {
  const days = (ms: number) => Number((ms / DAY_MS).toFixed(1));
  const { keep_all_ms, hourly_ms, daily_ms, weekly_ms, last } = retention;
  return [
    durability === 'fast' ? 'archived behind commits' : 'commits wait for cold',
    conflicts === 'last-writer' ? 'the later version stays' : 'both versions of a conflict stay',
    deactivate === 'committed' ? 'leaves nodes when committed' : 'leaves nodes when archived',
    evict.never ? 'stays in hot' : 'leaves hot by policy',
    evict.idle_ms === undefined ? 'idle as servers are set to' : `idle after ${days(evict.idle_ms)} days`,
    first_read === 'promote' ? 'first read brings all back' : 'first read brings back one file',
    `keeps all of ${days(keep_all_ms)} days, hourly of ${days(hourly_ms)}, daily of ${days(daily_ms)}, weekly of ${days(weekly_ms)}, the newest ${last}`,
  ];
}

function NoPolicies({ none }: { none: boolean }) {
  return (
    <div id="policies-none">
      {none ? (
        <EmptyState icon="boxes" title="No projects yet">
          <p>
            Each has policies of its own. <a href="/projects">Create one</a>
          </p>
        </EmptyState>
      ) : (
        <p class="panel-foot muted">New projects: {wordsOf(DEFAULT_POLICY).join(' · ')}.</p>
      )}
    </div>
  );
}

const SCHEDULED: Readonly<Partial<Record<JobKind, string>>> = {
  sweep: 'deletes what no kept version needs any more',
  reconcile: 'compares what is on record with what cold has, and archives what is missing',
  scrub: 'reads a share of all copies again, so that each is read within a month',
  evict: 'takes out of hot what is idle, where a rule says so',
};

function Server({ server: { version, startedAt, groups, schedules, checks } }: { server: ServerShown }) {
  return (
    <div id="server" class="settings-server">
      <section class="panel" aria-labelledby="health-title">
        <h2 id="health-title">This server</h2>
        <p class="panel-foot muted">
          <span>
            Version {version}, started <When at={startedAt} />.
          </span>
        </p>
        {checks.map(({ name, ok, detail }) => (
          <div class="setting" data-check={name} data-ok={String(ok)}>
            <h3>{name}</h3>
            <p class={ok ? 'muted' : 'bad'}>
              <VisibleText value={detail} />
            </p>
            <span class={`state ${ok ? 'good' : 'bad'}`}>
              <Icon name={ok ? 'circle-check' : 'triangle-alert'} />
              {ok ? 'OK' : 'Not now'}
            </span>
          </div>
        ))}
      </section>
      <section class="panel" aria-labelledby="schedules-title">
        <h2 id="schedules-title">Jobs that come by themselves</h2>
        {schedules.map(({ task, everyMs }) => (
          <div class="setting" data-schedule={task.kind}>
            <h3>
              <a href={jobsUrl({ kind: task.kind })}>{KIND_WORDS[task.kind]}</a>
            </h3>
            <p class="muted">{SCHEDULED[task.kind] ?? ''}</p>
            <span>{everyMs === DAY_MS ? 'every day' : `every ${formatDuration(everyMs)}`}</span>
          </div>
        ))}
      </section>
      {groups.map(({ word, settings }) => (
        <section class="panel" aria-label={word}>
          <h2>{word}</h2>
          {settings.map(({ name, value, about }) => (
            <div class="setting" data-setting={name}>
              <h3>
                <code>{name}</code>
              </h3>
              <p class="muted">{about}</p>
              {value === null ? (
                <span class="muted">not set</span>
              ) : (
                <code class="setting-value">
                  <VisibleText value={value} />
                </code>
              )}
            </div>
          ))}
        </section>
      ))}
      <p class="muted">
        These are environment variables of the server: change them where it is started, and start it again.
      </p>
    </div>
  );
}

/** @param refilled  the form as it came back with something to correct, on a page without a script */
async function policyPage(
  c: Context<AppEnv>,
  refilled?: { readonly outcome: Outcome; readonly form: FilledPolicy },
): Promise<Response> {
  const project = projectIn(c);
  const policy = (await c.get('services').settings.policies()).get(project);
  if (!policy) throw new NotFoundError(`There is no project ${project} (any more).`);
  return sendPage(c, {
    title: `Policies of ${project}`,
    section: 'settings',
    crumbs: [{ text: 'Settings', href: '/settings' }, { text: project }],
    live: { still: refilled ? 'not sent' : 'editing' },
    status: refilled ? 422 : 200,
    trouble: partHtml(troublePart(c.get('services').queries)),
    view: (
      <>
        <header class="head">
          <h1>Policies of {project}</h1>
          <p class="card-links">
            <a class="button button-quiet" href={manageUrl(project)}>
              <Icon name="layers" />
              Manage
            </a>
          </p>
        </header>
        {saidHtml(refilled?.outcome ?? saidIn(c))}
        {partHtml(policyFormPart(project, refilled?.form ?? filledFrom(policy)))}
      </>
    ),
  });
}

/** The form comes back as it was filled, with what has to be corrected. */
function again(c: Context<AppEnv>, outcome: Outcome, form: FilledPolicy): Response | Promise<Response> {
  if (!isFromScript(c)) return policyPage(c, { outcome, form });
  return answerForm(c, policyUrl(projectIn(c)), outcome, policyFormPart(projectIn(c), form));
}
