// One webhook: what waits and why, its last deliveries with what was sent and answered, and what can be done about it. Which
// delivery is open is in the address.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { CopyButton } from '../components/copy-button.tsx';
import { Fact, Facts } from '../components/facts.tsx';
import { formatCount, plural } from '../components/format.ts';
import { Icon, type IconName } from '../components/icon.tsx';
import { legibleJson } from '../components/legible-json.ts';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { Attempt, Delivery } from '../core/model/webhook.ts';
import type { WebhookId } from '../core/model/webhook-id.ts';
import type { AppEnv } from './context.ts';
import { live } from './live.ts';
import { sendPage } from './page.tsx';
import { block, type List, listRow, markOf, type Part, partHtml } from './parts.ts';
import { saidHtml, saidIn } from './said.tsx';
import { troublePart } from './trouble.tsx';
import { webhooksUrl, webhookUrl } from './url.ts';
import { DeliveryChip, filterText, WebhookStateChip } from './webhook-parts.tsx';
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
            <section class="panel" aria-labelledby="deliveries-title">
              <h2 id="deliveries-title">Deliveries</h2>
              <table class="grid listing" id="deliveries" aria-labelledby="deliveries-title">
                <thead>
                  <tr>
                    <th scope="col">Event</th>
                    <th scope="col" class="cell-state">
                      State
                    </th>
                    <th scope="col" class="cell-sent">
                      Last try
                    </th>
                    <th scope="col" class="cell-count">
                      Answer
                    </th>
                  </tr>
                </thead>
                {partHtml(parts.list)}
              </table>
              {partHtml(parts.foot)}
            </section>
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
    why: block('webhook-why', <Why view={view} />),
    opened: block('delivery-open', <Opened id={view.id} delivery={opened} />),
    list,
    foot: block('deliveries-foot', <Foot shown={deliveries.length} of={view.deliveries} />),
    facts: block('webhook-facts', <WebhookFacts view={view} />),
    acts: block('webhook-acts', <Acts view={view} />),
  };
  const all: readonly Part[] = Object.values(parts);
  return { view, parts, all };
}

function Head({ view: { name, state } }: { view: WebhookView }) {
  return (
    <header class="head" id="webhook-head" data-state={state}>
      <h1>
        <span class="unseen">Webhook </span>
        <VisibleText value={name} />
      </h1>
      <WebhookStateChip state={state} />
    </header>
  );
}

/** Why nothing is delivered, with what mends it. */
function Why({ view }: { view: WebhookView }) {
  const { id, waiting, disabled, paused, failingSince, canSign } = view;
  const act = (path: string, icon: IconName, word: string, fields?: Child) => (
    <form method="post" action={`${webhookUrl(id)}/${path}`} data-send="">
      {fields}
      <button type="submit" class="button">
        <Icon name={icon} />
        {word}
      </button>
    </form>
  );
  const words = (): Child => {
    if (disabled)
      return (
        <>
          Disabled <When at={disabled.at} />, and nothing is sent since: <VisibleText value={disabled.reason} />. Mend
          the receiver, then resume: it goes on where it was.
        </>
      );
    if (paused)
      return (
        <>
          Paused by <VisibleText value={paused.by} /> <When at={paused.at} />. What happens meanwhile is sent when it is
          resumed, as long as events are kept.
        </>
      );
    if (waiting)
      return (
        <>
          <a href={`${webhookUrl(id)}?open=${waiting.n}`}>Event {waiting.seq}</a> was tried{' '}
          {plural(waiting.tries, 'time')} in vain
          {failingSince === undefined ? (
            ''
          ) : (
            <>
              , first <When at={failingSince} />
            </>
          )}
          ; the next try is <When at={waiting.nextAt} as="due" />. What is behind it waits, because the order is kept.
        </>
      );
    return null;
  };
  const isOff = disabled !== undefined || paused !== undefined;
  return (
    <div id="webhook-why">
      {canSign ? null : (
        <p class="notice notice-bad">
          <Icon name="triangle-alert" />
          <span>
            Its secret was sealed with another FS_ADMIN_TOKEN, and nothing can be signed: give it a new secret.
          </span>
        </p>
      )}
      {isOff || waiting ? (
        <div class={`notice webhook-why ${disabled ? 'notice-bad' : ''}`}>
          <Icon name={isOff ? 'circle-off' : 'clock'} />
          <p>{words()}</p>
          {isOff ? act('resume', 'play', 'Resume') : null}
          {!isOff && waiting ? (
            <>
              {act('try', 'refresh-cw', 'Try now')}
              {act(
                'pass',
                'arrow-right',
                'Pass it over',
                <input type="hidden" name="seq" value={String(waiting.seq)} />,
              )}
            </>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

const ABOUT: Readonly<Record<Delivery['about'], string>> = { event: '', resend: 'sent again', test: 'test' };

function DeliveryRow({ id, delivery, isOpen }: { id: WebhookId; delivery: Delivery; isOpen: boolean }) {
  const { n, type, seq, about, state, tries, attempts } = delivery;
  const last = attempts.at(-1);
  const details = [
    seq === undefined ? '' : `event ${seq}`,
    ABOUT[about],
    tries > 1 ? `${formatCount(tries)} tries` : '',
  ];
  return (
    <tr id={`delivery-${n}`} data-row="" data-delivery={n} tabindex={-1} aria-current={isOpen ? 'true' : undefined}>
      <td class="cell-scope">
        <a href={`${webhookUrl(id)}?open=${n}`} data-open="">
          {type}
        </a>
        <span class="muted share-of">{details.filter((word) => word !== '').join(' · ')}</span>
      </td>
      <td class="cell-state">
        <DeliveryChip state={state} />
      </td>
      <td class="cell-sent num">{last === undefined ? null : <When at={Date.parse(last.ts)} />}</td>
      <td class="cell-count num">{last === undefined ? null : answerText(last)}</td>
    </tr>
  );
}

const answerText = ({ status, ms }: Attempt): string => `${status ?? 'none'} · ${formatCount(ms)} ms`;

function Opened({ id, delivery }: { id: WebhookId; delivery: Delivery | undefined }) {
  if (!delivery) return <div id="delivery-open" />;
  const { n, type, message, attempts, tries, next, body } = delivery;
  return (
    <section class="panel" id="delivery-open" aria-labelledby="delivery-title">
      <div class="head">
        <h2 id="delivery-title">{type}</h2>
        <DeliveryChip state={delivery.state} />
        <form method="post" action={`${webhookUrl(id)}/deliveries/${n}/resend`} data-send="">
          <button type="submit" class="button">
            <Icon name="refresh-cw" />
            Send again
          </button>
          <a class="icon-button" href={webhookUrl(id)} aria-label="Close" title="Close">
            <Icon name="x" />
          </a>
        </form>
      </div>
      <p class="muted breakable">
        <code>webhook-id</code> <code>{message}</code> <CopyButton value={message} label="Copy the id" />
      </p>
      <ul class="job-items" aria-label="Attempts, the newest first">
        {attempts.toReversed().map((one) => (
          <li>
            <When at={Date.parse(one.ts)} as="clock" />
            <strong class={one.error === undefined ? 'good' : 'bad'}>{one.status ?? 'No answer'}</strong>
            <span class="muted breakable">
              {formatCount(one.ms)} ms
              {one.error === undefined ? (
                ''
              ) : (
                <>
                  {' '}
                  · <VisibleText value={one.error} />
                </>
              )}
              {one.answer === undefined ? (
                ''
              ) : (
                <>
                  {' '}
                  · “<VisibleText value={one.answer.slice(0, 300)} />”
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
      {tries > attempts.length ? (
        <p class="muted">
          The last {attempts.length} of {formatCount(tries)} tries.
        </p>
      ) : null}
      {next === undefined ? null : (
        <p class="muted">
          The next try is <When at={Date.parse(next)} as="due" />.
        </p>
      )}
      <figure class="preview preview-text" aria-label="What was sent">
        <pre tabindex={0}>{legibleJson(JSON.parse(body))}</pre>
        <figcaption>
          <CopyButton value={body} label="Copy the body as it was sent" />
        </figcaption>
      </figure>
    </section>
  );
}

function Foot({ shown, of }: { shown: number; of: number }) {
  return (
    <p id="deliveries-foot" class="panel-foot muted">
      {of === 0
        ? 'Nothing was sent yet. Send a test, or change a file that it is told of.'
        : shown < of
          ? `The last ${formatCount(shown)} of ${formatCount(of)}.`
          : ''}
    </p>
  );
}

function WebhookFacts({ view }: { view: WebhookView }) {
  const { id, url, filter, by, createdAt, secrets, last } = view;
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
        <Fact name="Made by">
          <VisibleText value={by} />
        </Fact>
        <Fact name="Made">
          <When at={createdAt} />
        </Fact>
        <Fact name="Id">
          <code>{id}</code>
        </Fact>
      </Facts>
    </section>
  );
}

/** What it means is said before. */
function Acts({ view: { id, state } }: { view: WebhookView }) {
  const isOff = state === 'paused' || state === 'disabled';
  const button = (path: string, icon: IconName, word: string) => (
    <form method="post" action={`${webhookUrl(id)}/${path}`} data-send="">
      <button type="submit" class="button">
        <Icon name={icon} />
        {word}
      </button>
    </form>
  );
  return (
    <div id="webhook-acts">
      <section class="side-card" aria-labelledby="acts-title">
        <h2 id="acts-title">Actions</h2>
        <div class="webhook-acts">
          {button('test', 'activity', 'Send a test')}
          <a class="button" href={`${webhookUrl(id)}/edit`}>
            <Icon name="pencil" />
            Change
          </a>
          {isOff ? null : button('pause', 'pause', 'Pause')}
        </div>
      </section>
      <section class="side-card" aria-labelledby="rotate-title">
        <h2 id="rotate-title">New secret</h2>
        <div id="webhook-box">
          <form method="post" action={`${webhookUrl(id)}/rotate`} class="fields" data-send="">
            <p class="muted">Shown once. The secret that it has now signs beside it for a day more.</p>
            <button type="submit" class="button">
              <Icon name="key" />
              Make a new secret
            </button>
          </form>
        </div>
      </section>
      <section class="side-card" id="delete" aria-labelledby="delete-title">
        <h2 id="delete-title">Delete</h2>
        <form method="post" action={`${webhookUrl(id)}/delete`} class="fields">
          <p class="muted">Nothing more is sent, and its log goes. It cannot be undone; a pause can.</p>
          <button type="submit" class="button button-danger">
            <Icon name="trash-2" />
            Delete the webhook
          </button>
        </form>
      </section>
    </div>
  );
}
