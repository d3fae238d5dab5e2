// What people type into to find something: the key that leads to it stands beside it.
import { Icon } from './icon.tsx';

/** Stands in an element of class `search`. @param label  also shown while it is empty */
export function SearchField({ name, label, value }: { name: string; label: string; value?: string | undefined }) {
  return (
    <>
      <Icon name="search" />
      <input
        type="search"
        name={name}
        value={value}
        placeholder={label}
        aria-label={label}
        autocomplete="off"
        spellcheck={false}
        data-search=""
      />
      <span class="kbd" aria-hidden="true">
        /
      </span>
    </>
  );
}
