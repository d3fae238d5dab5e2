// From a project's card and from its own page: to its files, and to what happened in it.
import { Icon } from '../components/icon.tsx';
import type { ProjectName } from '../core/model/ids.ts';
import { historyUrl, projectUrl, sharesUrl, withQuery } from './url.ts';

/** @param props.here  the page that this one is: no link leads to it */
export function ProjectLinks({ name, here }: { name: ProjectName; here?: 'history' }) {
  return (
    <>
      <a class="button button-quiet" href={projectUrl(name)}>
        <Icon name="folder-tree" />
        Browse
      </a>
      <a class="button button-quiet" href={withQuery('/events', { project: name })}>
        <Icon name="activity" />
        Activity
      </a>
      <a class="button button-quiet" href={sharesUrl({ project: name })}>
        <Icon name="share-2" />
        Shares
      </a>
      {here === 'history' ? null : (
        <a class="button button-quiet" href={historyUrl(name)}>
          <Icon name="history" />
          History
        </a>
      )}
    </>
  );
}
