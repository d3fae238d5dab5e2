// Where a project went that has another name now: its old name's deletion says so for as long as it is kept. A name that was
// renamed more than once is followed to its end.
import { z } from 'zod';
import type { ProjectName } from '../model/ids.ts';
import type { KeyValue } from '../store/key-value.ts';
import { readCurrent } from './current.ts';
import { deletionsOf } from './delete-project.ts';

/** @returns undefined when there is a project of that name, or none that was renamed as far as this version can read
 *  @throws StoreUnavailableError */
export async function newNameOf(
  index: Pick<KeyValue, 'keys' | 'get'>,
  project: ProjectName,
): Promise<ProjectName | undefined> {
  const seen = new Set<ProjectName>();
  for (let name = project; !seen.has(name); ) {
    if (await readCurrent(index, name)) return name === project ? undefined : name;
    seen.add(name);
    const next = await renamedTo(index, name);
    if (next === undefined) return undefined;
    name = next;
  }
  return undefined;
}

async function renamedTo(index: Pick<KeyValue, 'keys' | 'get'>, name: ProjectName): Promise<ProjectName | undefined> {
  try {
    const [newest] = await deletionsOf(index, name);
    return newest?.deleted.renamed_to;
  } catch (error) {
    // Who asks goes on without an answer: another version's record, or a damaged one, ends no workspace.
    if (error instanceof z.ZodError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
