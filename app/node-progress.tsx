// How far a workspace is, one line a direction: n of N paths, bytes, rate, and how long it takes yet.
import { formatBytes, formatCount, formatDuration } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import type { NodeWorkspace, TransferView } from './node-view.ts';

export function ProgressLines({ progress }: { progress: NonNullable<NodeWorkspace['progress']> }) {
  return (
    <ul class="transfers">
      {progress.up.total > 0 ? <TransferLine transfer={progress.up} word="Sends" icon="arrow-up" /> : null}
      {progress.down.total > 0 ? <TransferLine transfer={progress.down} word="Fetches" icon="arrow-down" /> : null}
    </ul>
  );
}

function TransferLine(props: {
  readonly transfer: TransferView;
  readonly word: string;
  readonly icon: 'arrow-up' | 'arrow-down';
}) {
  const { transfer, word, icon } = props;
  const { done, total, bytesDone, bytesTotal, bytesPerSecond, etaMs } = transfer;
  // Where there are no bytes to move, as with deletions, or more are not known of yet, the paths say how far it is.
  const [value, max] = bytesDone < bytesTotal ? [bytesDone, bytesTotal] : [done, total];
  return (
    <li>
      <span class="transfer-word">
        <Icon name={icon} />
        {word}
      </span>
      <progress value={String(Math.min(value, max))} max={String(max)} aria-label={`${word}, how far`} />
      <span>
        {formatCount(done)}/{formatCount(total)}
      </span>
      <span>
        {bytesDone < bytesTotal ? `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}` : formatBytes(bytesDone)}
      </span>
      <span>{bytesPerSecond > 0 ? `${formatBytes(bytesPerSecond)}/s` : ''}</span>
      <span class="muted">{etaMs === null ? '' : etaMs < 1000 ? 'nearly done' : `${formatDuration(etaMs)} left`}</span>
    </li>
  );
}
