// From a project's card and from its own page: to its files, and to what happened in it.
import { Icon } from '../components/icon.tsx';
import type { ProjectName } from '../core/model/ids.ts';
import { filesUrl, withQuery } from './url.ts';

export function ProjectLinks({ name }: { name: ProjectName }) {
  return (
    <>
      <a class="button button-quiet" href={filesUrl({ project: name, prefix: '', open: [] })}>
        <Icon name="folder-tree" />
        Browse
      </a>
      <a class="button button-quiet" href={withQuery('/events', { project: name })}>
        <Icon name="activity" />
        Activity
      </a>
    </>
  );
}
