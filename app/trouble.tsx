// What is wrong right now, in one sentence above every page: what the server cannot reach, or why this page is not fresh.
import { Icon } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import {
  ObjectAbsentError,
  ObjectCorruptError,
  StoreDeniedError,
  StoreFullError,
  StoreUnavailableError,
} from '../core/store/store-errors.ts';
import type { Queries } from './context.ts';
import { type Block, block } from './parts.ts';

export function troublePart(queries: Queries): Block {
  const trouble = queries.trouble();
  return block(
    'trouble',
    <div id="trouble" role="status">
      {trouble ? (
        <p class="notice notice-warn">
          <Icon name="triangle-alert" />
          <span>
            <VisibleText value={trouble.sentence} />{' '}
            <span class="muted">
              It began <When at={trouble.since} />.
            </span>
          </span>
        </p>
      ) : null}
    </div>,
  );
}

/** Shown while a live page cannot be rendered anew; what is on screen stays, marked as old. */
export function RefreshTrouble({ error }: { error?: unknown }) {
  return (
    <div id="refresh-trouble" role="status">
      {error === undefined ? null : (
        <p class="notice notice-warn">
          <Icon name="triangle-alert" />
          <span>
            This page could not be refreshed: <VisibleText value={explain(error)} /> What you see may be old. It is
            tried again on its own.
          </span>
        </p>
      )}
    </div>
  );
}

/** A person's sentence for an error. Errors of the world say what they are; our own bugs only that they happened. */
export function explain(error: unknown): string {
  if (
    error instanceof StoreUnavailableError ||
    error instanceof StoreFullError ||
    error instanceof StoreDeniedError ||
    error instanceof ObjectAbsentError ||
    error instanceof ObjectCorruptError
  ) {
    return `${error.message}.`;
  }
  return 'something went wrong on the server; its log says what.';
}
