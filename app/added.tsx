// What became of files and folders that were added: as words of the page for a script, which stays where it is, and as a page
// to go on with for a form.
import type { Context } from 'hono';
import { plural } from '../components/format.ts';
import { VisibleText } from '../components/visible-text.tsx';
import type { ProjectName } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { shortSha } from './commit-parts.tsx';
import type { AppEnv } from './context.ts';
import type { CommitOutcome } from './file-commands.ts';
import { saidOf } from './file-outcome.ts';
import { withCommit } from './made-commit.ts';
import type { Received } from './received.ts';
import { answerForm, isFromScript, noticePart, patchAnswer } from './said.tsx';
import { addUrl, commitUrl, filesUrl } from './url.ts';

/** That many names are told, the others are counted. */
const NAMED = 5;

/** Names that are none: nothing was changed. */
export function refusedNames(c: Context<AppEnv>, project: ProjectName, { place, badNames, files }: Received): Response {
  if (!isFromScript(c)) return answerForm(c, addUrl(project, place), 'files-bad-name');
  const said = noticePart(
    true,
    <>
      Nothing was changed: {plural(badNames.length, 'name')} of {plural(files, 'file')} cannot be used. A name is
      relative, has no empty part and no “.” or “..”. Rename these, then send all again:
      {badNames.slice(0, NAMED).map((name) => (
        <span class="said-name mono">
          <VisibleText value={name} />
        </span>
      ))}
      {badNames.length > NAMED ? <span class="said-name">and {plural(badNames.length - NAMED, 'other')}</span> : null}
    </>,
  );
  return patchAnswer(c, [said], 409);
}

interface Asked {
  readonly project: ProjectName;
  readonly place: RelPath | '';
  readonly files: number;
}

/** What came of their commit. */
export function answerAdded(c: Context<AppEnv>, { project, place, files }: Asked, outcome: CommitOutcome): Response {
  const isDone = outcome.kind === 'committed' || outcome.kind === 'unchanged';
  const folder = filesUrl({ project, prefix: place, open: [] });
  if (!isFromScript(c)) {
    const made = outcome.kind === 'committed' ? outcome.commit : undefined;
    return answerForm(c, isDone ? withCommit(folder, made) : addUrl(project, place), saidOf(outcome));
  }
  if (outcome.kind === 'committed') {
    const said = noticePart(
      false,
      <>
        {files === 0 ? 'Folders' : plural(files, 'file')} added to{' '}
        <a href={folder}>
          <VisibleText value={place === '' ? project : place} />
        </a>{' '}
        as commit{' '}
        <a href={commitUrl(project, outcome.commit)} class="mono">
          {shortSha(outcome.commit)}
        </a>
        . Nodes get it by themselves.
      </>,
    );
    return patchAnswer(c, [said], 200);
  }
  if (outcome.kind === 'op-refused' && outcome.why.kind === 'path-taken') {
    const said = noticePart(
      true,
      <>
        Nothing was changed: <VisibleText value={outcome.why.path} /> is there already, and is not of the same kind: a
        folder does not take the place of a file, or a file that of a folder. Choose another name, or delete it before.
      </>,
    );
    return patchAnswer(c, [said], 409);
  }
  return answerForm(c, addUrl(project, place), saidOf(outcome));
}
