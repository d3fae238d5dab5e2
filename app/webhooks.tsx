// Webhooks: which servers are told what happens, how each stands, and when it was last told. Here they are made; the page of
// each has its log, and what can be done about it.
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { EmptyState } from '../components/empty-state.tsx';
import { formatCount } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { MakerCell } from '../components/maker-cell.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { AppEnv } from './context.ts';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { block, type List, listRow, markOf, type Part, partHtml } from './parts.ts';
import { answerForm, saidHtml, saidIn } from './said.tsx';
import { fieldsIn } from './sent.ts';
import { actorOf } from './session.ts';
import { SettingsNav } from './settings-nav.tsx';
import { troublePart } from './trouble.tsx';
import { webhooksUrl, webhookUrl } from './url.ts';
import { webhookDetail, webhookDetailLive } from './webhook-detail.tsx';
import { emptyForm, filledFrom, readWebhookForm, refusedUrl, sendSecret, sendWebhookForm } from './webhook-form.tsx';
import { filterText, WebhookStateChip } from './webhook-parts.tsx';
import { webhookIn } from './webhook-route.ts';
import type { WebhookView } from './webhook-view.ts';

const MAX_FORM_BYTES = 32 * 1024;

export const webhookRoutes = new Hono<AppEnv>()
  .use('/settings/webhooks/*', bodyLimit({ maxSize: MAX_FORM_BYTES }))
  .get('/settings/webhooks', page)
  .get('/settings/webhooks/live', (c) => live(c, [{ kind: 'webhooks' }], async () => (await load(c)).all))
  .get('/settings/webhooks/schema.json', (c) => c.json(c.get('services').webhooks.schema()))
  .get('/settings/webhooks/new', (c) => sendWebhookForm(c, undefined, emptyForm))
  .post('/settings/webhooks', async (c) => {
    const read = readWebhookForm(await fieldsIn(c));
    if (read.kind === 'invalid') return sendWebhookForm(c, undefined, read.form);
    const { actor, commands } = asker(c);
    const outcome = await commands.createWebhook(actor, read.asked);
    if (outcome.kind === 'webhook-url-refused')
      return sendWebhookForm(c, undefined, refusedUrl(read.form, outcome.fault));
    if (outcome.kind === 'too-many-webhooks') return answerForm(c, webhooksUrl(), outcome.kind);
    return sendSecret(c, { id: outcome.id, name: read.asked.name, secret: outcome.secret, isNew: true });
  })
  .get('/settings/webhooks/:id', (c) => webhookDetail(c, c.req.param('id')))
  .get('/settings/webhooks/:id/live', (c) => webhookDetailLive(c, c.req.param('id')))
  .get('/settings/webhooks/:id/edit', async (c) => {
    const view = await webhookIn(c, c.req.param('id'));
    return sendWebhookForm(c, view, filledFrom(view));
  })
  .post('/settings/webhooks/:id/edit', async (c) => {
    const view = await webhookIn(c, c.req.param('id'));
    const read = readWebhookForm(await fieldsIn(c));
    if (read.kind === 'invalid') return sendWebhookForm(c, view, read.form);
    const { actor, commands } = asker(c);
    const outcome = await commands.changeWebhook(actor, view.id, read.asked);
    if (outcome.kind === 'webhook-url-refused') return sendWebhookForm(c, view, refusedUrl(read.form, outcome.fault));
    return answerForm(c, webhookUrl(view.id), outcome.kind);
  })
  .post('/settings/webhooks/:id/rotate', async (c) => {
    const { id, name } = await webhookIn(c, c.req.param('id'));
    const { actor, commands } = asker(c);
    const outcome = await commands.rotateSecret(actor, id);
    if (outcome.kind === 'no-webhook') return answerForm(c, webhooksUrl(), outcome.kind);
    return sendSecret(c, { id, name, secret: outcome.secret, isNew: false });
  })
  .post('/settings/webhooks/:id/delete', async (c) => {
    const { actor, commands } = asker(c);
    return answerForm(c, webhooksUrl(), (await commands.removeWebhook(actor, c.req.param('id'))).kind);
  })
  .post('/settings/webhooks/:id/pass', async (c) => {
    const { actor, commands } = asker(c);
    const id = c.req.param('id');
    const seq = Number((await fieldsIn(c))('seq'));
    if (!Number.isSafeInteger(seq) || seq < 1) return answerForm(c, webhookUrl(id), 'invalid');
    return answered(c, id, (await commands.passOver(actor, id, seq)).kind);
  })
  .post('/settings/webhooks/:id/deliveries/:n/resend', async (c) => {
    const { actor, commands } = asker(c);
    const id = c.req.param('id');
    return answered(c, id, (await commands.resend(actor, id, Number(c.req.param('n')))).kind);
  })
  .post('/settings/webhooks/:id/:act{test|pause|resume|try}', async (c) => {
    const { actor, commands } = asker(c);
    const { id, act } = c.req.param();
    const acts = {
      test: commands.testWebhook,
      pause: commands.pauseWebhook,
      resume: commands.resumeWebhook,
      try: commands.tryNow,
    };
    return answered(c, id, (await acts[act as keyof typeof acts](actor, id)).kind);
  });

const asker = (c: Context<AppEnv>) => ({
  actor: actorOf(c),
  commands: c.get('services').webhookCommands,
});

const answered = (c: Context<AppEnv>, id: string, outcome: Parameters<typeof answerForm>[2]): Response =>
  answerForm(c, outcome === 'no-webhook' ? webhooksUrl() : webhookUrl(id), outcome);

async function page(c: Context<AppEnv>): Promise<Response> {
  const parts = await load(c);
  return sendPage(c, {
    title: 'Webhooks',
    section: 'settings',
    crumbs: [{ text: 'Settings', href: '/settings' }, { text: 'Webhooks' }],
    live: { mark: markOf(parts.all) },
    trouble: partHtml(parts.trouble),
    view: (
      <>
        <header class="head">
          <h1>Webhooks</h1>
          <a class="button head-end" href={`${webhooksUrl()}/new`}>
            <Icon name="plus" />
            New webhook
          </a>
        </header>
        <SettingsNav here="webhooks" />
        {saidHtml(saidIn(c))}
        <table class="grid listing" id="webhooks" aria-label="Webhooks">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col" class="cell-state">
                State
              </th>
              <th scope="col" class="cell-sent">
                Last sent
              </th>
              <th scope="col" class="cell-count">
                Deliveries
              </th>
              <th scope="col" class="cell-maker">
                Made by
              </th>
            </tr>
          </thead>
          {partHtml(parts.list)}
        </table>
        {partHtml(parts.foot)}
      </>
    ),
  });
}

async function load(c: Context<AppEnv>) {
  const { webhooks, queries } = c.get('services');
  const found = await webhooks.webhooks();
  const trouble = troublePart(queries);
  const list: List = {
    kind: 'list',
    tag: 'tbody',
    id: 'webhook-rows',
    rows: found.map((view) => listRow(`webhook-${view.id}`, <WebhookRow view={view} />)),
  };
  const foot = block('webhooks-foot', <Foot isEmpty={found.length === 0} />);
  const all: readonly Part[] = [trouble, list, foot];
  return { trouble, list, foot, all };
}

function WebhookRow({ view }: { view: WebhookView }) {
  const { id, name, url, filter, state, last, deliveries, by, createdAt } = view;
  return (
    <tr id={`webhook-${id}`} data-row="" data-webhook={id} tabindex={-1}>
      <td class="cell-scope">
        <a href={webhookUrl(id)} data-open="">
          <VisibleText value={name} />
        </a>
        <span class="muted share-of">
          <VisibleText value={new URL(url).host} /> · <VisibleText value={filterText(filter)} />
        </span>
      </td>
      <td class="cell-state">
        <WebhookStateChip state={state} />
      </td>
      <td class="cell-sent num">
        {last === undefined ? (
          'never'
        ) : (
          <>
            {last.ok ? null : 'failed '}
            <When at={last.at} />
          </>
        )}
      </td>
      <td class="cell-count num">{formatCount(deliveries)}</td>
      <MakerCell by={by} createdAt={createdAt} />
    </tr>
  );
}

function Foot({ isEmpty }: { isEmpty: boolean }) {
  return (
    <div id="webhooks-foot">
      {isEmpty ? (
        <EmptyState icon="webhook" title="Nobody is told yet">
          <p>
            A webhook sends what happens to an address of yours, as it happens and in order, signed as{' '}
            <a href="https://www.standardwebhooks.com">Standard Webhooks</a> has it.
          </p>
          <p>
            <a class="button" href="/settings/webhooks/new">
              <Icon name="plus" />
              New webhook
            </a>
          </p>
        </EmptyState>
      ) : (
        <p class="webhooks-note muted">
          What is sent has a <a href={`${webhooksUrl()}/schema.json`}>JSON Schema</a>. It may come twice, under the same{' '}
          <code>webhook-id</code>.
        </p>
      )}
    </div>
  );
}
