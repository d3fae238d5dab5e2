// What can be done with the files that are ticked. The bar is a form: the ticks are its fields, wherever they stand. With the
// script it appears when something is selected, and says how much that is.
import { Icon, type IconName } from '../components/icon.tsx';
import type { ProjectName } from '../core/model/ids.ts';
import { shareUrl, withQuery } from './url.ts';

export const SELECTION_FORM = 'selection';

export const selectionActs = ['promote', 'evict', 'pin', 'resync', 'repair', 'share', 'move', 'delete'] as const;
export type SelectionAct = (typeof selectionActs)[number];

interface Look {
  readonly word: string;
  readonly icon: IconName;
  /** with Shift */
  readonly key?: string;
}

export const ACT_LOOKS: Readonly<Record<SelectionAct, Look>> = {
  promote: { word: 'Promote', icon: 'flame', key: 'P' },
  evict: { word: 'Evict', icon: 'arrow-down', key: 'V' },
  pin: { word: 'Pin', icon: 'pin' },
  resync: { word: 'Resync', icon: 'refresh-cw', key: 'R' },
  repair: { word: 'Repair', icon: 'wrench', key: 'F' },
  share: { word: 'Share', icon: 'share-2' },
  move: { word: 'Move', icon: 'folder' },
  delete: { word: 'Delete', icon: 'trash-2' },
};

export const selectionUrl = (project: ProjectName): string => withQuery(`/p/${project}/selection`, {});

/** @param back  where one is without the script */
export function SelectionBar({ project, back }: { project: ProjectName; back: string }) {
  return (
    <form
      id={SELECTION_FORM}
      method="post"
      action={selectionUrl(project)}
      class="selection"
      aria-label="Selected files"
    >
      <input type="hidden" name="back" value={back} />
      <p>
        <strong class="num js-only" id="selection-count" role="status" />
        <span class="no-js-only muted">With the ticked files:</span>
      </p>
      <div class="selection-acts">
        {selectionActs.map((act) => {
          const { word, icon, key } = ACT_LOOKS[act];
          return (
            <button
              type="submit"
              class="button"
              name="act"
              value={act}
              data-key={key}
              title={key === undefined ? undefined : `${word} (Shift+${key})`}
            >
              <Icon name={icon} />
              {word}
            </button>
          );
        })}
      </div>
      {/* The script clicks it for the one path that is selected. */}
      <a id="share-one" href={shareUrl(project, '')} data-act="share" hidden>
        Share
      </a>
      <button
        type="button"
        class="icon-button js-only"
        data-act="select-none"
        aria-label="Select nothing"
        title="Select nothing"
      >
        <Icon name="x" />
      </button>
    </form>
  );
}
