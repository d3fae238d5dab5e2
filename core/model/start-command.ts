// What a person types on a node to start its agent again. Its own workspaces are in that command, so it names them; those
// that the server assigned come by themselves.
import type { NodeId, ProjectName } from './ids.ts';
import type { RelPath } from './rel-path.ts';

export interface StartedWorkspace {
  readonly project: ProjectName;
  readonly prefix?: RelPath;
  readonly root: string;
  readonly from: 'configuration' | 'server' | 'unknown';
}

export const startCommand = (node: NodeId, workspaces: readonly StartedWorkspace[]): string =>
  [
    `npx fs-sync agent --node ${node}`,
    ...workspaces
      .filter(({ from }) => from === 'configuration')
      .map(({ project, prefix, root }) => {
        const part = prefix === undefined ? project : `${project}/${prefix}`;
        return `--workspace ${quoted(`${part}=${root}`)}`;
      }),
  ].join(' ');

/** For a shell, where it would read more than a word. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
