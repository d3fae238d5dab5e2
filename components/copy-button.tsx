// Copies a value. Without a script the button stays hidden and the value beside it can be selected.
import { Icon } from './icon.tsx';

export function CopyButton({ value, label }: { value: string; label: string }) {
  return (
    <button
      type="button"
      class="icon-button js-only"
      data-act="copy"
      data-copy={value}
      aria-label={label}
      title={label}
    >
      <Icon name="copy" />
    </button>
  );
}
