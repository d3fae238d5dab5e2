// Opens the form that makes a link to a file or a directory: beside the page where there is a script, else as a page.
import { Icon } from '../components/icon.tsx';
import type { ProjectName, Sha } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { shareUrl } from './url.ts';

export interface ShareButtonProps {
  readonly project: ProjectName;
  /** '' for the whole project */
  readonly path: RelPath | '';
  /** as it was at this commit; absent: the form offers what is current */
  readonly commit?: Sha;
  /** beside other ways that are not what the page is for */
  readonly isQuiet?: true;
}

export function ShareButton({ project, path, commit, isQuiet }: ShareButtonProps) {
  return (
    <a class={isQuiet ? 'button button-quiet' : 'button'} href={shareUrl(project, path, commit)} data-act="share">
      <Icon name="share-2" />
      Share
    </a>
  );
}
