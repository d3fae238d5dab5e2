// One webhook: what waits and why, its last deliveries with what was sent and answered, and what can be done about it. Which
// delivery is open is in the address.
import type { Context } from 'hono';
import { Fact, Facts } from '../components/facts.tsx';
import { MadeFacts } from '../components/made-facts.tsx';
import { NamedHead } from '../components/named-head.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { AppEnv } from './context.ts';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { block, type List, listRow, markOf, type Part, partHtml } from './parts.ts';
import { saidHtml, saidIn } from './said.tsx';
import { troublePart } from './trouble.tsx';
import { webhooksUrl } from './url.ts';
import { WebhookActs, WebhookWhy } from './webhook-acts.tsx';
import { Deliveries, DeliveriesFoot, DeliveryRow, OpenedDelivery } from './webhook-deliveries.tsx';
import { filterText, WebhookStateChip } from './webhook-parts.tsx';
import { webhookIn } from './webhook-route.ts';
import type { WebhookView } from './webhook-view.ts';

export async function webhookDetail(c: Context<AppEnv>, id: string): Promise<Response> {
  const { view, parts, all } = await load(c, id);
  return sendPage(c, {
    title: visible(view.name),
    section: 'settings',
    crumbs: [{ text: 'Settings', href: '/settings' }, { text: 'Webhooks', href: webhooksUrl() }, { text: view.name }],
    live: { mark: markOf(all) },
    trouble: partHtml(parts.trouble),
    view: (
      <>
        {partHtml(parts.head)}
        {saidHtml(saidIn(c))}
        <div class="node-page">
          <div class="job-main">
            {partHtml(parts.why)}
            {partHtml(parts.opened)}
            <Deliveries list={partHtml(parts.list)} foot={partHtml(parts.foot)} />
          </div>
          <aside class="node-side" aria-label="Facts of the webhook, and what can be done">
            {partHtml(parts.facts)}
            {partHtml(parts.acts)}
          </aside>
        </div>
      </>
    ),
  });
}

export const webhookDetailLive = (c: Context<AppEnv>, id: string): Response =>
  live(c, [{ kind: 'webhooks' }], async () => (await load(c, id)).all);

async function load(c: Context<AppEnv>, id: string) {
  const { webhooks, queries } = c.get('services');
  const view = await webhookIn(c, id);
  const deliveries = await webhooks.deliveries(view.id);
  const open = Number(c.req.query('open'));
  const list: List = {
    kind: 'list',
    tag: 'tbody',
    id: 'delivery-rows',
    rows: deliveries.map((one) =>
      listRow(`delivery-${one.n}`, <DeliveryRow id={view.id} delivery={one} isOpen={one.n === open} />),
    ),
  };
  const opened = deliveries.find(({ n }) => n === open);
  const parts = {
    trouble: troublePart(queries),
    head: block('webhook-head', <Head view={view} />),
    why: block('webhook-why', <WebhookWhy view={view} />),
    opened: block('delivery-open', <OpenedDelivery id={view.id} delivery={opened} />),
    list,
    foot: block('deliveries-foot', <DeliveriesFoot shown={deliveries.length} of={view.deliveries} />),
    facts: block('webhook-facts', <WebhookFacts view={view} />),
    acts: block('webhook-acts', <WebhookActs view={view} />),
  };
  const all: readonly Part[] = Object.values(parts);
  return { view, parts, all };
}

function Head({ view: { name, state } }: { view: WebhookView }) {
  return (
    <NamedHead id="webhook-head" state={state} kind="Webhook" name={<VisibleText value={name} />}>
      <WebhookStateChip state={state} />
    </NamedHead>
  );
}

function WebhookFacts({ view }: { view: WebhookView }) {
  const { id, url, filter, secrets, last } = view;
  return (
    <section class="side-card" id="webhook-facts" aria-label="Facts">
      <Facts>
        <Fact name="Address">
          <span class="mono breakable">
            <VisibleText value={url} />
          </span>
        </Fact>
        <Fact name="Is told of">
          <span class="breakable">
            <VisibleText value={filterText(filter)} />
          </span>
        </Fact>
        <Fact name="Last sent">{last === undefined ? 'never' : <When at={last.at} />}</Fact>
        {secrets.map(({ since, until }) => (
          <Fact name={until === undefined ? 'Secret' : 'Old secret'}>
            {until === undefined ? (
              <span>
                made <When at={since} />
              </span>
            ) : (
              <span>
                signs until <When at={until} as="due" />
              </span>
            )}
          </Fact>
        ))}
        <MadeFacts view={view} />
        <Fact name="Id">
          <code>{id}</code>
        </Fact>
      </Facts>
    </section>
  );
}
