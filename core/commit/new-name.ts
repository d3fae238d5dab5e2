// Where a project went that has another name now: its old name's deletion says so for as long as it is kept. A name that was
// renamed more than once is followed to its end.
import type { ProjectName } from '../model/ids.ts';
import type { KeyValue } from '../store/key-value.ts';
import { readCurrent } from './current.ts';
import { deletionsOf } from './delete-project.ts';

/** @returns undefined when there is a project of that name, or none that was renamed
 *  @throws StoreUnavailableError */
export async function newNameOf(
  index: Pick<KeyValue, 'keys' | 'get'>,
  project: ProjectName,
): Promise<ProjectName | undefined> {
  const seen = new Set<ProjectName>();
  for (let name = project; !seen.has(name); ) {
    if (await readCurrent(index, name)) return name === project ? undefined : name;
    seen.add(name);
    const [newest] = await deletionsOf(index, name);
    if (newest?.deleted.renamed_to === undefined) return undefined;
    name = newest.deleted.renamed_to;
  }
  return undefined;
}
