// A value to take elsewhere, copied by the button or by hand: a link, a token, a secret.
import { Icon } from './icon.tsx';

export interface CopyFieldProps {
  id: string;
  value: string;
  /** what it is, in one word */
  word: string;
  /** it has just been made, and is what the person came for */
  isNew?: true;
}

export function CopyField({ id, value, word, isNew }: CopyFieldProps) {
  return (
    <span class="link-field">
      <input id={id} data-made={isNew && ''} class="mono" readonly value={value} aria-label={word} data-act="select" />
      <button type="button" class="button js-only" data-act="copy" data-copy={value}>
        <Icon name="copy" />
        Copy {word.toLowerCase()}
      </button>
    </span>
  );
}
