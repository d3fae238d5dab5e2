// What a folder's row says of where its files are.
import { expect, test } from 'vitest';
import type { Tiers } from './file-view.ts';
import { FolderBadges, sumOfTiers } from './folder-tiers.tsx';
import { coldProof } from './testing/fake-files.ts';

const [hot, cold, both, none]: readonly Tiers[] = [
  { hot: true, cold: null },
  { hot: false, cold: coldProof },
  { hot: true, cold: coldProof },
  { hot: false, cold: null },
];

function said(...of: readonly (Tiers | undefined)[]): string {
  const tiers = sumOfTiers(of);
  if (!tiers) return 'not known';
  const html = String(<FolderBadges files={of.length} tiers={tiers} />);
  const titles = [...html.matchAll(/title="([^"]*)"/g)].map((found) => found[1]);
  return titles.join('; ');
}

test('files that are all alike have the badges of one; others are counted, and what is missing is said first of all', () => {
  expect(said(both, both)).toBe('In hot storage (NATS); A verified copy is in cold storage');
  expect(said(hot, hot)).toBe('In hot storage (NATS); Not proven in cold storage yet');
  expect(said(cold, cold)).toBe('A verified copy is in cold storage');
  expect(said(none)).toBe('Not proven in cold storage yet; In neither tier');
  expect(said(both, cold, hot)).toBe('Mixed: of 3 files 2 in hot storage, 2 with a verified copy in cold');
  expect(said(both, none)).toContain('1 in neither');
  expect(said({ ...cold, cold: null, inStrangeCold: true } as Tiers)).toContain('not the one connected now');
});

test('nothing is said where one of the files is not known of', () => {
  expect(said(both, undefined)).toBe('not known');
});
