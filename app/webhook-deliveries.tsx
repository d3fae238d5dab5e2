// The last deliveries of a webhook: how each went, and of the one that is open what was sent and answered.
import type { Child } from 'hono/jsx';
import { CopyButton } from '../components/copy-button.tsx';
import { formatCount } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { legibleJson } from '../components/legible-json.ts';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { Attempt, Delivery } from '../core/model/webhook.ts';
import type { WebhookId } from '../core/model/webhook-id.ts';
import { webhookUrl } from './url.ts';
import { DeliveryChip } from './webhook-parts.tsx';

export function Deliveries({ list, foot }: { list: Child; foot: Child }) {
  return (
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
        {list}
      </table>
      {foot}
    </section>
  );
}

const ABOUT: Readonly<Record<Delivery['about'], string>> = { event: '', resend: 'sent again', test: 'test' };

export function DeliveryRow({ id, delivery, isOpen }: { id: WebhookId; delivery: Delivery; isOpen: boolean }) {
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

export function OpenedDelivery({ id, delivery }: { id: WebhookId; delivery: Delivery | undefined }) {
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

export function DeliveriesFoot({ shown, of }: { shown: number; of: number }) {
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
