// What is asked before something is done with selected files: which they are, how much that is, and what follows from it.
import { formatBytes, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import type { ProjectName } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import type { Amount, Survey } from './file-view.ts';
import type { NodeSummary } from './node-view.ts';
import { type AskedAct, type Selected, togetherIn } from './selected.ts';
import { ACT_LOOKS, selectionUrl } from './selection-bar.tsx';

/** That many paths are named, the others are counted. */
const NAMED = 5;

interface QuestionProps {
  readonly project: ProjectName;
  readonly selected: Selected & { readonly act: AskedAct };
  readonly survey: Survey;
  readonly holders: readonly NodeSummary[];
}

export function Question({ project, selected: { act, paths, back }, survey, holders }: QuestionProps) {
  const { word, icon } = ACT_LOOKS[act];
  const amount = act === 'resync' ? plural(holders.length, 'node') : plural(survey.files, 'file');
  const leaving = act === 'evict' ? survey.tiers?.both.files : undefined;
  return (
    <form method="post" action={`${selectionUrl(project)}/run`} class="ask" data-send="" data-ask={act}>
      <h2>
        {word} {amount}?
      </h2>
      <ul class="ask-paths mono">
        {paths.slice(0, NAMED).map((path) => (
          <li>
            <VisibleText value={path} />
          </li>
        ))}
        {paths.length > NAMED ? <li class="muted">and {plural(paths.length - NAMED, 'other')}</li> : null}
      </ul>
      <p class="num">
        <strong>{plural(survey.files, 'file')}</strong>, {formatBytes(survey.bytes)}
        {survey.gone > 0
          ? `; ${plural(survey.gone, 'path')} of the selection ${survey.gone === 1 ? 'is' : 'are'} gone`
          : ''}
      </p>
      {consequences(act, survey, { paths, holders }).map((sentence) => (
        <p>{sentence}</p>
      ))}
      {act === 'move' ? <MoveTo paths={paths} /> : null}
      {paths.map((path) => (
        <input type="hidden" name="path" value={encodeURIComponent(path)} />
      ))}
      <input type="hidden" name="act" value={act} />
      <input type="hidden" name="files" value={survey.files} />
      <input type="hidden" name="bytes" value={survey.bytes} />
      <input type="hidden" name="back" value={back} />
      <p class="ask-buttons">
        <a class="button" href={back} data-act="close-dialog">
          Cancel
        </a>
        {leaving === 0 ? null : (
          <button
            type="submit"
            class={`button ${act === 'evict' || act === 'delete' ? 'button-danger' : 'button-primary'}`}
          >
            <Icon name={icon} />
            {word} {leaving === undefined ? amount : plural(leaving, 'file')}
          </button>
        )}
      </p>
    </form>
  );
}

/** A name with what no field holds, such as a line end, is typed anew. */
function MoveTo({ paths }: { readonly paths: readonly RelPath[] }) {
  const [only, ...others] = paths;
  const isOne = others.length === 0;
  return (
    <div class="field">
      <label for="move-to">
        {isOne ? 'New path, from the top of the project' : 'Folder that they go into; empty: the top'}
      </label>
      <input id="move-to" type="text" name="to" value={isOne ? only : ''} required={isOne} autocomplete="off" />
    </div>
  );
}

const count = ({ files, bytes }: Amount): string => `${plural(files, 'file')}, ${formatBytes(bytes)},`;

/** What follows, in sentences. */
export function consequences(
  act: AskedAct,
  { tiers }: Survey,
  { paths, holders }: { readonly paths: readonly RelPath[]; readonly holders: readonly Pick<NodeSummary, 'node'>[] },
): string[] {
  switch (act) {
    case 'promote':
      if (!tiers) return ['What is only in cold storage comes back to hot.'];
      if (tiers.onlyCold.files === 0) return ['Nothing of it is only in cold storage: nothing has to come back.'];
      return [`${count(tiers.onlyCold)} only in cold storage, come back to hot.`];
    case 'evict':
      return evictConsequences(tiers);
    case 'pin':
      return [
        'It stays in hot storage until it is unpinned. What is only in cold storage is not brought back by that.',
      ];
    case 'resync':
      return [resyncConsequence(togetherIn(paths), holders)];
    case 'move':
      return ['By one commit, everywhere at once. What lies at the new place already is not replaced.'];
    case 'delete':
      return [
        'By one commit, on all nodes. What it was stays in history for as long as the project keeps that, and can be restored.',
      ];
    case 'repair':
      return [
        'Each file is read in hot storage and proven in cold. What is damaged or missing in one is made from the other, or from a node that has it; nothing is taken away.',
      ];
  }
}

function resyncConsequence(part: RelPath | undefined, holders: readonly Pick<NodeSummary, 'node'>[]): string {
  const place = part === undefined ? 'all that it holds of the project' : `what it holds at and below ${visible(part)}`;
  return `${namesOf(holders)}: each compares ${place} with the project. Nothing that is in sync is touched.`;
}

function evictConsequences(tiers: Survey['tiers']): string[] {
  const after = 'A read brings a file back; files on nodes stay.';
  if (!tiers) {
    return [`What has a verified copy in cold storage leaves hot; what has none, or is pinned, stays. ${after}`];
  }
  const { both, onlyCold, unproven, pinned } = tiers;
  return [
    both.files === 0
      ? 'Nothing of it can leave hot storage.'
      : `${count(both)} leave hot storage: each has a verified copy in cold. ${after}`,
    ...(onlyCold.files > 0 ? [`${plural(onlyCold.files, 'file')} left it before.`] : []),
    ...(unproven.files > 0 ? [`${count(unproven)} stay, because no copy in cold is proven yet.`] : []),
    ...(pinned.files > 0 ? [`${count(pinned)} stay, because they are pinned.`] : []),
  ];
}

function namesOf(holders: readonly Pick<NodeSummary, 'node'>[]): string {
  const names = holders.map(({ node }) => node as string);
  const others = names.splice(3).length;
  return others > 0 ? `${names.join(', ')} and ${plural(others, 'other node')}` : names.join(' and ');
}
