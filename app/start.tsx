// The first run, in four steps on one page: signed in, a project, one command on the machine that has the files, and the first
// event, which is waited for live. The address says how far it is, so it can be left and come back to.
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Child } from 'hono/jsx';
import { CopyButton } from '../components/copy-button.tsx';
import { Icon } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { type ProjectName, projectNameSchema } from '../core/model/ids.ts';
import { actorText } from './actor-text.ts';
import { lookOfEvent, typesOf } from './category.ts';
import type { AppEnv } from './context.ts';
import { eventsUrl } from './event-query.ts';
import { eventText } from './event-text.tsx';
import type { EventRow } from './event-view.ts';
import { live } from './live.ts';
import type { NodeOfProject } from './node-view.ts';
import { sendPage } from './page.tsx';
import { type Block, block, markOf, partHtml } from './parts.ts';
import { type FilledProject, readProject, takenName } from './project-form.tsx';
import { fieldsIn } from './sent.ts';
import { actorOf } from './session.ts';
import { troublePart } from './trouble.tsx';
import { withQuery } from './url.ts';

const MAX_FORM_BYTES = 16 * 1024;
/** What happens to paths: a project is told of when it is made, and its nodes when they join. */
const PATH_EVENTS = (typesOf(['create', 'update', 'remove', 'move']) ?? []).filter((type) => type.startsWith('Path'));

export const startUrl = (project?: ProjectName): string => withQuery('/start', { project });

export const startRoutes = new Hono<AppEnv>()
  .get('/start', (c) => page(c, { name: '' }))
  .get('/start/live', (c) => {
    const project = asked(c);
    const topics = [
      { kind: 'events' } as const,
      ...(project === undefined ? [] : [{ kind: 'project', project } as const]),
    ];
    return live(c, topics, () => liveParts(c, project));
  })
  .post('/start', bodyLimit({ maxSize: MAX_FORM_BYTES }), async (c) => {
    const read = readProject((await fieldsIn(c))('name'));
    if (read.kind === 'invalid') return page(c, read.form);
    const { kind } = await c.get('services').projectCommands.create(actorOf(c), read.name);
    if (kind === 'project-exists') return page(c, takenName(read.name));
    return c.redirect(startUrl(read.name), 303);
  });

function asked(c: Context<AppEnv>): ProjectName | undefined {
  const named = projectNameSchema.safeParse(c.req.query('project'));
  return named.success ? named.data : undefined;
}

async function liveParts(c: Context<AppEnv>, project: ProjectName | undefined): Promise<readonly [Block, Block]> {
  const { queries } = c.get('services');
  if (project === undefined) return [troublePart(queries), block('first-event', <FirstEvent state="later" />)];
  const [summary, { rows }] = await Promise.all([
    queries.project(project),
    queries.events({ project, types: PATH_EVENTS, limit: 1, oldestFirst: true }),
  ]);
  const [row] = rows;
  const nodes = summary?.nodes ?? [];
  return [
    troublePart(queries),
    block('first-event', <FirstEvent state="waiting" nodes={nodes} row={row} project={project} />),
  ];
}

async function page(c: Context<AppEnv>, form: FilledProject): Promise<Response> {
  const project = asked(c);
  const parts = await liveParts(c, project);
  return sendPage(c, {
    title: 'Start',
    crumbs: [{ text: 'Start' }],
    live: { mark: markOf(parts) },
    status: form.fault === undefined ? 200 : 422,
    trouble: partHtml(parts[0]),
    view: (
      <div class="start">
        <h1>Four steps to the first file</h1>
        <ol>
          <Step title="Sign in" isDone>
            <p class="muted">
              You are <strong>{c.get('session').user}</strong>. The token that you came with is FS_ADMIN_TOKEN of the
              server; with it you come back.
            </p>
          </Step>
          <Step title={project === undefined ? 'Name a project' : 'Project'} isDone={project !== undefined}>
            {project === undefined ? <NameForm form={form} /> : <Chosen project={project} />}
          </Step>
          <Step title="Run one command where the files are" isDone={false}>
            {project === undefined ? null : <Command project={project} />}
          </Step>
          {partHtml(parts[1])}
        </ol>
      </div>
    ),
  });
}

function Step({ title, isDone, children }: { title: string; isDone: boolean; children?: Child }) {
  return (
    <li class={isDone ? 'step step-done' : 'step'}>
      <h2>
        {isDone ? <Icon name="circle-check" /> : <Icon name="circle-dashed" />}
        {title}
        {isDone ? <span class="unseen"> (done)</span> : null}
      </h2>
      {children}
    </li>
  );
}

function NameForm({ form: { name, fault } }: { form: FilledProject }) {
  return (
    <form method="post" action="/start" class="start-form">
      <label for="start-name">Name</label>
      <span>
        <input
          id="start-name"
          name="name"
          value={name}
          placeholder="site"
          required
          autofocus
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          maxlength={200}
          aria-invalid={fault === undefined ? undefined : 'true'}
          aria-describedby={fault === undefined ? undefined : 'start-fault'}
        />
        <button type="submit" class="button button-primary">
          Create project
        </button>
      </span>
      {fault === undefined ? null : (
        <p class="fault" id="start-fault" role="alert">
          <VisibleText value={fault} />
        </p>
      )}
    </form>
  );
}

function Chosen({ project }: { project: ProjectName }) {
  return (
    <p>
      <a href={`/p/${project}/files`}>{project}</a>
      <a class="muted" href={startUrl()}>
        Another one
      </a>
    </p>
  );
}

function Command({ project }: { project: ProjectName }) {
  const command = `npx fs-sync agent --node my-node --workspace ${project}=./${project}`;
  return (
    <>
      <p class="command">
        <code>{command}</code>
        <CopyButton value={command} label="Copy the command" />
      </p>
      <p class="muted">
        The directory may have files already, or none. On another machine, set NATS_URL and NATS_CREDS first.
      </p>
    </>
  );
}

type FirstEventProps =
  | { readonly state: 'later' }
  | {
      readonly state: 'waiting';
      readonly project: ProjectName;
      readonly nodes: readonly NodeOfProject[];
      readonly row: EventRow | undefined;
    };

function FirstEvent(props: FirstEventProps) {
  if (props.state === 'later') return <WaitingStep words="" />;
  const { project, nodes, row } = props;
  const [node] = nodes;
  if (row === undefined) {
    if (node === undefined) return <WaitingStep words="Waiting for the first event…" isBusy />;
    return (
      <WaitingStep words={`${node.node} is here. Save a file in its directory: waiting for the first event…`} isBusy>
        <p>
          <code>
            <VisibleText value={node.root} />
          </code>
        </p>
      </WaitingStep>
    );
  }
  const text = eventText(row.event, row.name);
  return (
    <li id="first-event" class="step step-done">
      <h2>
        <Icon name="circle-check" />
        The first event is here
      </h2>
      <p role="status">
        <span class="mono">{text.subject}</span>{' '}
        <span class="muted">
          {lookOfEvent(row.event).word.toLowerCase()} by <VisibleText value={actorText(row.event.actor)} />,{' '}
          <When at={Date.parse(row.event.ts)} />
        </span>
      </p>
      <p class="start-next">
        <a class="button button-primary" href={`/p/${project}/files`}>
          Browse {project}
        </a>
        <a class="button" href={eventsUrl({ project })}>
          Its events
        </a>
      </p>
    </li>
  );
}

function WaitingStep({ words, isBusy, children }: { words: string; isBusy?: boolean; children?: Child }) {
  return (
    <li id="first-event" class="step">
      <h2>
        <Icon name={isBusy ? 'refresh-cw' : 'circle-dashed'} class={isBusy ? 'turning' : ''} />
        See the first event
      </h2>
      {words === '' ? null : (
        <p class="muted" role="status">
          {words}
        </p>
      )}
      {children}
    </li>
  );
}
