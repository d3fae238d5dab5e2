// The cell of a list that says who made a thing, and when.
import { VisibleText } from './visible-text.tsx';
import { When } from './when.tsx';

/** `createdAt`: milliseconds since 1970 */
export function MakerCell({ by, createdAt }: { by: string; createdAt: number }) {
  return (
    <td class="cell-maker">
      <VisibleText value={by} />
      <span class="muted share-of">
        <When at={createdAt} />
      </span>
    </td>
  );
}
