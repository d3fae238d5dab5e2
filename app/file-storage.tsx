// Where the bytes of a file are, each with its proof, and what can be done about it. What takes something away is planned
// first: its plan is read, and run from there.
import type { Child } from 'hono/jsx';
import { Chip } from '../components/chip.tsx';
import { formatBytes } from '../components/format.ts';
import { Icon, type IconName } from '../components/icon.tsx';
import { visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { FileDetail, Tiers } from './file-view.ts';
import { manageUrl } from './url.ts';

/** @param props.back  the address of the pane. @param props.isNow  false: an older version, which no job is about */
export function Storage({ detail, back, isNow }: { detail: FileDetail; back: string; isNow: boolean }) {
  const { tiers } = detail.file;
  return (
    <section aria-labelledby="detail-tiers">
      <h3 id="detail-tiers">Storage</h3>
      <ul class="proofs">
        {tiers.hot ? (
          <Proof chip={<Chip tone="hot" icon="flame" word="Hot" />}>
            In hot storage (NATS). Every read proves its SHA-256.
          </Proof>
        ) : null}
        <ColdProof tiers={tiers} />
        {tiers.hot || tiers.cold || tiers.inStrangeCold ? null : (
          <Proof chip={<Chip tone="bad" icon="triangle-alert" word="Missing" />}>
            {isNow
              ? 'Neither tier has it. A repair looks for it on every node that holds the project.'
              : 'Its bytes are in no tier any more: it cannot be downloaded or restored.'}
          </Proof>
        )}
      </ul>
      {isNow ? (
        <>
          <TierActions detail={detail} />
          <PinLine detail={detail} back={back} />
        </>
      ) : null}
    </section>
  );
}

function Proof({ chip, children }: { chip: Child; children?: Child }) {
  return (
    <li>
      {chip}
      <div>{children}</div>
    </li>
  );
}

function ColdProof({ tiers: { hot, cold, coldDamagedAt, inStrangeCold } }: { tiers: Tiers }) {
  if (inStrangeCold) {
    return (
      <Proof chip={<Chip tone="warn" icon="triangle-alert" word="Not proven" />}>
        Its copy is on record in a cold storage that is not the one connected now: nothing proves it.
      </Proof>
    );
  }
  if (coldDamagedAt !== undefined) {
    return (
      <Proof chip={<Chip tone="bad" icon="triangle-alert" word="Damaged" />}>
        Its copy in cold was read <When at={coldDamagedAt} /> and is not what it should be. A repair puts it again from{' '}
        {hot ? 'hot' : 'a node that has it'}.
      </Proof>
    );
  }
  if (cold) {
    return (
      <Proof chip={<Chip tone="cold" icon="snowflake" word="Cold" />}>
        Verified <When at={cold.verifiedAt} />
        {cold.storedBytes === undefined ? null : `, compressed to ${formatBytes(cold.storedBytes)}`}
        <code class="breakable">
          {cold.bucket}/{cold.key}
        </code>
      </Proof>
    );
  }
  return hot ? (
    <Proof chip={<Chip tone="neutral" icon="clock" word="To archive" />}>
      No cold copy is proven yet. The archiver works on it.
    </Proof>
  ) : null;
}

function TierActions({ detail: { project, file, pinnedBy } }: { detail: FileDetail }) {
  const { hot, cold, coldDamagedAt } = file.tiers;
  const isWhole = hot && cold && coldDamagedAt === undefined;
  const buttons: readonly (readonly [start: string, word: string, icon: IconName, title: string])[] = [
    ...(hot ? [] : [['promote-fast', 'Promote', 'flame', 'Bring it back to hot storage'] as const]),
    ...(isWhole && pinnedBy === undefined
      ? [['evict:dry', 'Evict…', 'arrow-down', 'Drop it from hot storage; the plan is shown first'] as const]
      : []),
    ...(cold || !hot
      ? []
      : [['archive', 'Archive now', 'snowflake', 'Copy it to cold storage without waiting'] as const]),
    ['repair', 'Repair', 'refresh-cw', 'Read it again in both tiers, and heal what is wrong'],
  ];
  return (
    <form method="post" action={manageUrl(project)} class="pane-actions">
      <input type="hidden" name="prefix" value={file.path} />
      {buttons.map(([start, word, icon, title]) => (
        <button type="submit" class="button" name="start" value={start} title={title}>
          <Icon name={icon} />
          {word}
        </button>
      ))}
    </form>
  );
}

/** Whether it may leave hot, and the way to change that. */
function PinLine({ detail: { project, file, pinnedBy }, back }: { detail: FileDetail; back: string }) {
  if (pinnedBy !== undefined && pinnedBy !== file.path) {
    return (
      <p class="muted pin-line">
        Stays in hot: <a href={manageUrl(project)}>{pinnedBy === '' ? 'the whole project' : visible(pinnedBy)}</a> is
        pinned.
      </p>
    );
  }
  const isPinned = pinnedBy === file.path;
  return (
    <form method="post" action={`/p/${project}/${isPinned ? 'unpin' : 'pin'}`} class="pin-line">
      <input type="hidden" name="path" value={file.path} />
      <input type="hidden" name="back" value={back} />
      <button type="submit" class="button" aria-pressed={isPinned ? 'true' : 'false'}>
        <Icon name="pin" />
        {isPinned ? 'Unpin' : 'Pin in hot'}
      </button>
      <span class="muted">{isPinned ? 'Pinned: it stays in hot.' : 'It may leave hot.'}</span>
    </form>
  );
}
