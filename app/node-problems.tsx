// What is not in sync on a node, path by path: what it is in words, why, since when, and the way to the file.
import { formatCount, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { Problem } from '../core/model/node-status.ts';
import { parentOf, type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import { NOTES } from '../core/model/verdict.ts';
import type { NodeWorkspace } from './node-view.ts';
import { filesUrl, plainFileUrl } from './url.ts';

type Code = Problem['code'];

const CODE_WORDS: Readonly<Record<Code, string>> = {
  unreadable: 'Cannot be read',
  symlink: 'Symbolic link',
  'special-file': 'Special file',
  'bad-name': 'Name cannot be carried',
  'name-too-long': 'Name too long',
  'case-collision': 'Names differ only in case',
  changing: 'Never rests',
  'object-missing': 'Content is missing',
  'object-corrupt': 'Content is damaged',
  'disk-full': 'Disk full',
  'write-failed': 'Cannot be written',
  'edit-displaced': 'Edit not in its place',
  'ignore-rule': 'Ignore rule',
  'local-change': 'Changed here',
  'watch-limit': 'Watch limit reached',
  'not-restored': 'Not all restored',
};

/** The project may hold nothing at these paths: the way leads to the folder. */
const NOT_CARRIED: ReadonlySet<Code> = new Set([
  'symlink',
  'special-file',
  'bad-name',
  'name-too-long',
  'case-collision',
  'watch-limit',
  'not-restored',
]);

export function ProblemList(props: {
  readonly workspace: NodeWorkspace;
  readonly shown: number;
  readonly allHref: string;
}) {
  const { workspace, shown, allHref } = props;
  const { problems, problemCount } = workspace;
  if (problemCount === 0) return null;
  const rows = problems.slice(0, shown);
  const unlisted = Math.max(0, problemCount - problems.length);
  return (
    <div class="place-problems">
      <h4>{plural(problemCount, 'problem')}</h4>
      <ul>
        {rows.map((problem) => (
          <ProblemRow workspace={workspace} problem={problem} />
        ))}
      </ul>
      {rows.length < problems.length ? (
        <p>
          <a href={allHref}>Show all {formatCount(problems.length)} that the node lists</a>
        </p>
      ) : unlisted > 0 ? (
        <p class="muted">and {formatCount(unlisted)} more, which the node only counts</p>
      ) : null}
    </div>
  );
}

function ProblemRow({ workspace, problem }: { workspace: NodeWorkspace; problem: Problem }) {
  const href = hrefOf(workspace, problem);
  const path = (
    <code>
      <VisibleText value={problem.path} />
    </code>
  );
  const isNote = NOTES.has(problem.code);
  return (
    <li data-problem={problem.code}>
      <span class={isNote ? 'problem-code muted' : 'problem-code bad'}>
        <Icon name={isNote ? 'info' : 'circle-alert'} />
        {CODE_WORDS[problem.code]}
      </span>
      <span class="problem-path">{href === undefined ? path : <a href={href}>{path}</a>}</span>
      <span class="problem-since muted">
        <When at={Date.parse(problem.since)} />
      </span>
      <span class="problem-reason">
        <VisibleText value={problem.reason} />
        {problem.next_try === undefined ? null : (
          <span class="muted">
            {' '}
            Next try <When at={Date.parse(problem.next_try)} as="due" />.
          </span>
        )}
      </span>
    </li>
  );
}

/** Undefined: the path is none that the project can hold. Problems are told by their path in the workspace. */
function hrefOf({ project, prefix }: NodeWorkspace, { path, code }: Problem): string | undefined {
  // It lies in the agent's own folder.
  if (code === 'edit-displaced') return undefined;
  const parsed = relPathSchema.safeParse(prefix === undefined ? path : `${prefix}/${path}`);
  if (!parsed.success) return undefined;
  const at: RelPath = parsed.data;
  return NOT_CARRIED.has(code)
    ? filesUrl({ project, prefix: parentOf(at) ?? '', open: [] })
    : plainFileUrl(project, at);
}
