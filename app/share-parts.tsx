// What the list, the page and the form of share links have in common: what a link opens, how it stands.
import { Chip } from '../components/chip.tsx';
import { formatCount } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { ShareScope, ShareState } from '../core/model/share.ts';
import type { ShareView } from './share-view.ts';

/** `demo/docs/a.md` */
export const scopeText = ({ project, path }: ShareScope): string => (path === '' ? project : `${project}/${path}`);

export function ShareScopeLine({ scope }: { scope: ShareScope }) {
  return (
    <span class="share-scope">
      <Icon name={scope.kind === 'file' ? 'file' : 'folder'} class={scope.kind === 'file' ? '' : 'icon-dir'} />
      <span class="mono">
        <VisibleText value={scope.path === '' ? scope.project : scope.path} />
      </span>
    </span>
  );
}

export const versionText = ({ commit_sha: commit }: ShareScope): string =>
  commit === undefined ? 'always the latest' : `as at ${commit.slice(0, 12)}`;

export function ShareStateChip({ state }: { state: ShareState }) {
  switch (state) {
    case 'active':
      return <Chip tone="good" icon="check" word="Active" />;
    case 'expired':
      return <Chip tone="neutral" icon="clock" word="Expired" />;
    case 'used-up':
      return <Chip tone="neutral" icon="circle-off" word="Used up" />;
    case 'revoked':
      return <Chip tone="warn" icon="circle-off" word="Revoked" />;
  }
}

export const usesText = ({ uses, maxUses }: ShareView): string =>
  maxUses === undefined ? formatCount(uses) : `${formatCount(uses)} of ${formatCount(maxUses)}`;

/** What a narrow screen, where no column has a head, says behind it: `1 use`, `2 of 5 uses`. */
export const usesUnit = ({ uses, maxUses = uses }: ShareView): string => (maxUses === 1 ? 'use' : 'uses');

export function Expiry({ at }: { at: number | undefined }) {
  return at === undefined ? <>never</> : <When at={at} as="due" />;
}
