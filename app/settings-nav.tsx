// The screens below Settings, as a row of links over each of them.

const PLACES = [
  { id: 'overview', word: 'Overview', href: '/settings' },
  { id: 'tokens', word: 'API tokens', href: '/settings/tokens' },
  { id: 'webhooks', word: 'Webhooks', href: '/settings/webhooks' },
  { id: 'audit', word: 'Audit log', href: '/audit' },
] as const;
export type SettingsPlace = (typeof PLACES)[number]['id'];

export function SettingsNav({ here }: { here: SettingsPlace }) {
  return (
    <nav class="settings-nav" aria-label="Settings">
      {PLACES.map(({ id, word, href }) => (
        <a href={href} aria-current={id === here ? 'page' : undefined}>
          {word}
        </a>
      ))}
    </nav>
  );
}
