// What can be done about a webhook: what mends one that delivers nothing, a test, another secret, its end.
import type { Child } from 'hono/jsx';
import { plural } from '../components/format.ts';
import { Icon, type IconName } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { WebhookId } from '../core/model/webhook-id.ts';
import { webhookUrl } from './url.ts';
import type { WebhookView } from './webhook-view.ts';

/** Why nothing is delivered, with what mends it. */
export function WebhookWhy({ view }: { view: WebhookView }) {
  const { id, waiting, disabled, paused, failingSince, canSign } = view;
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
          {isOff ? <Act id={id} act="resume" icon="play" word="Resume" /> : null}
          {!isOff && waiting ? (
            <>
              <Act id={id} act="try" icon="refresh-cw" word="Try now" />
              <Act id={id} act="pass" icon="arrow-right" word="Pass it over">
                <input type="hidden" name="seq" value={String(waiting.seq)} />
              </Act>
            </>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

/** What it means is said before. */
export function WebhookActs({ view: { id, state } }: { view: WebhookView }) {
  const isOff = state === 'paused' || state === 'disabled';
  return (
    <div id="webhook-acts">
      <section class="side-card" aria-labelledby="acts-title">
        <h2 id="acts-title">Actions</h2>
        <div class="webhook-acts">
          <Act id={id} act="test" icon="activity" word="Send a test" />
          <a class="button" href={`${webhookUrl(id)}/edit`}>
            <Icon name="pencil" />
            Change
          </a>
          {isOff ? null : <Act id={id} act="pause" icon="pause" word="Pause" />}
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

interface ActProps {
  readonly id: WebhookId;
  /** the last part of its address */
  readonly act: string;
  readonly icon: IconName;
  readonly word: string;
  /** fields that go with it */
  readonly children?: Child;
}

function Act({ id, act, icon, word, children }: ActProps) {
  return (
    <form method="post" action={`${webhookUrl(id)}/${act}`} data-send="">
      {children}
      <button type="submit" class="button">
        <Icon name={icon} />
        {word}
      </button>
    </form>
  );
}
