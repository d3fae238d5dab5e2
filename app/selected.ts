// The paths that a person selected, and what is to be done with them, as a form says it. What the form cannot have sent is a
// fault with words of its own; nothing is looked at before all of it is known.
import type { Context } from 'hono';
import { MAX_TASK_PATH_LETTERS, MAX_TASK_PATHS } from '../core/model/job.ts';
import { type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import { commonPart } from '../core/node/resync.ts';
import type { AppEnv } from './context.ts';
import type { Amount } from './file-view.ts';
import { projectIn } from './project-manage.tsx';
import type { Outcome } from './said.tsx';
import { type SelectionAct, selectionActs } from './selection-bar.tsx';
import { filesUrl, localPath } from './url.ts';

/** A link to share has a form of its own. */
export type AskedAct = Exclude<SelectionAct, 'share'>;

export interface Selected {
  readonly act: SelectionAct;
  readonly paths: readonly RelPath[];
  /** where the reader was */
  readonly back: string;
  /** as the person who agreed was told */
  readonly seen: Amount | undefined;
  /** of a move: the new path of one, or the folder that several go into */
  readonly to: string | undefined;
}

export async function selectedIn(
  c: Context<AppEnv>,
): Promise<Selected | { readonly fault: Outcome; readonly back: string }> {
  const body = await c.req.parseBody({ all: true });
  const texts = (name: string): string[] =>
    [Object.hasOwn(body, name) ? (body[name] ?? []) : []].flat().filter((value) => typeof value === 'string');
  const [asked] = texts('act');
  const [backTo] = texts('back');
  const back = backTo === undefined ? filesUrl({ project: projectIn(c), prefix: '', open: [] }) : localPath(backTo);
  const act = selectionActs.find((one) => one === asked);
  const paths = texts('path').map((text) => relPathSchema.safeParse(decoded(text)).data);
  const known = paths.filter((path) => path !== undefined);
  if (act === undefined || known.length < paths.length) return { fault: 'invalid', back };
  if (known.length === 0) return { fault: 'selected-none', back };
  const letters = known.reduce((sum, { length }) => sum + length, 0);
  if (known.length > MAX_TASK_PATHS || letters > MAX_TASK_PATH_LETTERS) return { fault: 'selected-too-many', back };
  const [files, bytes] = [...texts('files'), ...texts('bytes')].map(Number);
  const seen = isCount(files) && isCount(bytes) ? { files, bytes } : undefined;
  return { act, paths: [...new Set(known)], back, seen, to: texts('to')[0] };
}

const isCount = (value: number | undefined): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** The part of the project that has all of them; undefined: the whole. */
export const togetherIn = (paths: readonly RelPath[]): RelPath | undefined =>
  paths.reduce<RelPath | undefined>((part, path) => commonPart(part, path), paths[0]);
