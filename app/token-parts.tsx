// What the list, the page and the form of API tokens have in common: what a token may do, how it stands, its text.
import { Chip } from '../components/chip.tsx';
import { Icon } from '../components/icon.tsx';
import { When } from '../components/when.tsx';
import type { TokenScope, TokenState } from '../core/model/api-token.ts';
import type { TokenView } from './token-view.ts';

export const SCOPE_WORDS: Readonly<Record<TokenScope, { readonly word: string; readonly about: string }>> = {
  read: { word: 'Read', about: 'lists and downloads, and follows what happens' },
  write: { word: 'Write', about: 'also changes files, projects and nodes, and starts jobs' },
  admin: { word: 'Admin', about: 'all that there is: tokens and webhooks, too' },
};

export function TokenStateChip({ state }: { state: TokenState }) {
  switch (state) {
    case 'active':
      return <Chip tone="good" icon="check" word="Active" />;
    case 'expired':
      return <Chip tone="neutral" icon="clock" word="Expired" />;
    case 'revoked':
      return <Chip tone="warn" icon="circle-off" word="Revoked" />;
  }
}

/** `all projects`, or up to three names and how many there are more */
export function projectsText({ projects }: Pick<TokenView, 'projects'>): string {
  if (projects === 'all') return 'all projects';
  const [shown, more] = [projects.slice(0, 3), projects.length - 3];
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

export function TokenEnd({ at }: { at: TokenView['expiresAt'] }) {
  return at === 'never' ? <>never</> : <When at={at} as="due" />;
}

/** The text, to be copied by the button or by hand. */
export function TokenField({ text }: { text: string }) {
  return (
    <span class="link-field">
      <input id="made-token" data-made="" class="mono" readonly value={text} aria-label="Token" data-act="select" />
      <button type="button" class="button js-only" data-act="copy" data-copy={text}>
        <Icon name="copy" />
        Copy token
      </button>
    </span>
  );
}
