// Where the files of a folder are: the badges of a file where all of them are alike, and how many are where if they are not.
import { Chip } from '../components/chip.tsx';
import { formatCount, plural } from '../components/format.ts';
import type { FolderTiers, Tiers } from './file-view.ts';
import { TierBadges } from './tier-badges.tsx';

/** @param tiersOfFiles  undefined in it: of one it is not known
 *  @returns undefined where it is not known of each */
export function sumOfTiers(tiersOfFiles: readonly (Tiers | undefined)[]): FolderTiers | undefined {
  const sum = { hot: 0, cold: 0, inStrangeCold: 0, missing: 0 };
  for (const tiers of tiersOfFiles) {
    if (!tiers) return undefined;
    if (tiers.hot) sum.hot++;
    if (tiers.inStrangeCold) sum.inStrangeCold++;
    else if (tiers.cold) sum.cold++;
    else if (!tiers.hot) sum.missing++;
  }
  return sum;
}

/** @param files  more than none */
export function FolderBadges({ files, tiers }: { files: number; tiers: FolderTiers }) {
  const { hot, cold, inStrangeCold, missing } = tiers;
  const isMixed = [hot, cold, inStrangeCold].some((some) => some !== 0 && some !== files) || missing % files !== 0;
  if (!isMixed) return <TierBadges tiers={{ hot: hot > 0, cold: cold > 0, inStrangeCold: inStrangeCold > 0 }} />;
  const proven = inStrangeCold > 0 ? 0 : cold;
  const words = [
    `of ${plural(files, 'file')} ${formatCount(hot)} in hot storage`,
    `${formatCount(proven)} with a verified copy in cold`,
    ...(missing > 0 ? [`${formatCount(missing)} in neither`] : []),
  ];
  return (
    <span class="tiers">
      <Chip
        tone="neutral"
        icon="layers"
        word={`${formatCount(hot)} hot, ${formatCount(proven)} cold`}
        title={`Mixed: ${words.join(', ')}`}
      />
      {missing > 0 ? <Chip tone="bad" icon="triangle-alert" word="Missing" title={words.join(', ')} /> : null}
    </span>
  );
}
