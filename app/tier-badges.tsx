// In which tiers a file is, in words that are the same wherever it is shown.
import { Chip } from '../components/chip.tsx';
import type { Tiers } from './file-view.ts';

interface ShownTiers {
  readonly hot: boolean;
  readonly cold: Tiers['cold'] | boolean;
  readonly inStrangeCold?: boolean;
}

export function TierBadges({ tiers: { hot, cold, inStrangeCold = false } }: { tiers: ShownTiers }) {
  return (
    <span class="tiers">
      {hot ? <Chip tone="hot" icon="flame" word="Hot" title="In hot storage (NATS)" /> : null}
      {inStrangeCold ? (
        <Chip
          tone="warn"
          icon="triangle-alert"
          word="Not proven"
          title="Its copy is on record in a cold storage that is not the one connected now"
        />
      ) : cold ? (
        <Chip tone="cold" icon="snowflake" word="Cold" title="A verified copy is in cold storage" />
      ) : (
        <Chip tone="neutral" icon="clock" word="To archive" title="Not proven in cold storage yet" />
      )}
      {hot || cold || inStrangeCold ? null : (
        <Chip tone="bad" icon="triangle-alert" word="Missing" title="In neither tier" />
      )}
    </span>
  );
}
