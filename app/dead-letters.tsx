// What cold does not have: how far archiving is behind, and what it gave up on. A dead letter says what it is, why it was given
// up and since when, and can be tried again, alone or with all others: that is a job, whose page opens.
import { formatCount, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { ArchiveLag, DeadLetterView } from './job-view.ts';
import { type Block, block } from './parts.ts';
import { plainFileUrl, projectUrl } from './url.ts';

export const DEAD_LETTERS_URL = '/jobs/dead-letters';

export const archiveLagPart = (lag: ArchiveLag | undefined): Block =>
  block(
    'archive-lag',
    <div id="archive-lag" role="status">
      {lag ? (
        <p class="notice notice-warn">
          <Icon name="snowflake" />
          <span>
            Cold: {formatCount(lag.waiting)} {lag.waiting === 1 ? 'object or commit waits' : 'objects and commits wait'}{' '}
            to be archived, the oldest came <When at={lag.oldestAt} />. Files stay in sync and safe in hot.
          </span>
        </p>
      ) : null}
    </div>,
  );

/** @param count  of all; the page shows the newest */
export const deadLettersPart = (letters: readonly DeadLetterView[], count: number): Block =>
  block(
    'dead-letters',
    <section id="dead-letters" class={count > 0 ? 'panel' : undefined} aria-label="Dead letters">
      {count > 0 ? <Letters letters={letters} count={count} /> : null}
    </section>,
  );

function Letters({ letters, count }: { letters: readonly DeadLetterView[]; count: number }) {
  return (
    <>
      <h2>
        {plural(count, 'dead letter')} <span class="muted">hot has no good copy, so cold got none</span>
      </h2>
      <p class="muted">
        A repair of the project may find the bytes in cold or on a node. Then try again; what no file needs any more
        goes away with that.
      </p>
      <ul class="job-items letters">
        {letters.map((letter) => (
          <Letter letter={letter} />
        ))}
      </ul>
      <form class="panel-foot" method="post" action={DEAD_LETTERS_URL}>
        <span class="muted">
          {count > letters.length ? `and ${formatCount(count - letters.length)} more, which are older` : ''}
        </span>
        <button type="submit" class="button" name="sha" value="all">
          <Icon name="refresh-cw" />
          Try all again
        </button>
      </form>
    </>
  );
}

function Letter({ letter: { sha, project, path, reason, attempts, since } }: { letter: DeadLetterView }) {
  const name = path ?? sha.slice(0, 12);
  return (
    <li data-letter={sha}>
      <p>
        {project === undefined ? null : <a href={projectUrl(project)}>{project}</a>}
        {project === undefined || path === undefined ? (
          <code title={sha}>{sha.slice(0, 12)}</code>
        ) : (
          <a href={plainFileUrl(project, path)}>
            <code>
              <VisibleText value={path} />
            </code>
          </a>
        )}
      </p>
      <p class="bad">
        <VisibleText value={reason} />
      </p>
      <p class="muted">
        <When at={since} /> <span>after {plural(attempts, 'attempt')}</span>
      </p>
      <form method="post" action={DEAD_LETTERS_URL}>
        <button type="submit" class="button" name="sha" value={sha} aria-label={`Try again: ${visible(name)}`}>
          Try again
        </button>
      </form>
    </li>
  );
}
