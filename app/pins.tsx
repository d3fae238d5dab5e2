// What of a project never leaves hot storage: the list, and the form that adds a path to it.
import { Icon } from '../components/icon.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { type ProjectName, quote } from '../core/model/ids.ts';
import { type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import { type Block, block } from './parts.ts';
import type { PinView } from './project-view.ts';

export interface FilledPin {
  readonly path: string;
  readonly fault: string | undefined;
}
export const emptyPinForm: FilledPin = { path: '', fault: undefined };

export type ReadPin =
  | { readonly kind: 'path'; readonly path: RelPath | '' }
  | { readonly kind: 'invalid'; readonly form: FilledPin };

/** @param typed  empty: the whole project */
export function readPin(typed: string | undefined): ReadPin {
  // A name may begin or end with a space.
  const path = (typed ?? '').replace(/^\/+|\/+$/g, '');
  if (path === '') return { kind: 'path', path: '' };
  const parsed = relPathSchema.safeParse(path);
  if (parsed.success) return { kind: 'path', path: parsed.data };
  const why = parsed.error.issues[0]?.message ?? 'it is no path of a project';
  const fault = `Path is ${quote(path)}: ${why}. Give one such as docs/en, or leave it empty for the whole project.`;
  return { kind: 'invalid', form: { path, fault } };
}

export function PinList({ project, pins }: { project: ProjectName; pins: readonly PinView[] }) {
  return (
    <div id="pins">
      {pins.length === 0 ? <p class="muted">Nothing: all of it may leave hot when it is proven in cold.</p> : null}
      <ul class="pins">
        {pins.map(({ path, by, at }) => (
          <li>
            <span>
              <code class="breakable">{path === '' ? 'all of it' : <VisibleText value={path} />}</code>
              <span class="muted">
                by <VisibleText value={by} />, <When at={at} />
              </span>
            </span>
            <form method="post" action={`/p/${project}/unpin`} data-send="">
              <input type="hidden" name="path" value={path} />
              <button
                type="submit"
                class="icon-button"
                aria-label={`Unpin ${path === '' ? project : visible(path)}`}
                title="Unpin"
              >
                <Icon name="x" />
              </button>
            </form>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function pinFormPart(project: ProjectName, { path, fault }: FilledPin): Block {
  return block(
    'pin-form',
    <form id="pin-form" class="fields" method="post" action={`/p/${project}/pin`} data-send="">
      <div class="field">
        <label for="pin-path">
          Path <span class="muted">empty: the whole project</span>
        </label>
        <input
          id="pin-path"
          name="path"
          value={path}
          placeholder="docs/en"
          autocomplete="off"
          spellcheck={false}
          maxlength={4096}
          aria-invalid={fault === undefined ? undefined : 'true'}
          aria-describedby={fault === undefined ? undefined : 'pin-fault'}
        />
        {fault === undefined ? null : (
          <p class="fault" id="pin-fault">
            <VisibleText value={fault} />
          </p>
        )}
      </div>
      <button type="submit" class="button">
        <Icon name="plus" />
        Pin
      </button>
    </form>,
  );
}
