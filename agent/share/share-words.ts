// What a share link is, in a line for people, and what people give to make or name one: the same whether a command writes the record
// itself or asks a server.
import { InvalidValueError, type ProjectName, quote, type Sha } from '../../core/model/ids.ts';
import { MAX_PASSWORD, MAX_SHARE_USES, MIN_PASSWORD, type ShareId, shortShareId } from '../../core/model/share.ts';
import { countText } from '../progress/words.ts';
import { shown } from '../subscribe/watch-command.ts';

export interface ShownShare {
  readonly id: ShareId;
  readonly project: ProjectName;
  /** '' = the whole project */
  readonly path: string;
  /** null: whatever is current */
  readonly commit: Sha | null;
  readonly state: 'active' | 'revoked' | 'expired' | 'used-up';
  /** null: it lasts until it is revoked */
  readonly expires: string | null;
  readonly uses: number;
  readonly most: number | null;
  readonly hasPassword: boolean;
  readonly by: string;
}

/** As short as a person may write the id of a link. */
const MIN_DIGITS = 6;

/** `3fa2b1c4d5e6  demo/docs  latest, until 2026-06-01 12:00 UTC, used 3 of 5 times, with a password, by ada@host` */
export function shareLine(share: ShownShare): string {
  const { id, commit, state, expires, uses, most, hasPassword, by } = share;
  const until = expires === null ? 'until revoked' : `until ${minute(expires)}`;
  const words = [
    commit === null ? 'latest' : `at ${commit.slice(0, 12)}`,
    state === 'active' ? until : state.replace('-', ' '),
    `used ${countText(uses)}${most === null ? '' : ` of ${countText(most)}`} ${uses === 1 && most === null ? 'time' : 'times'}`,
    ...(hasPassword ? ['with a password'] : []),
    `by ${shown(by)}`,
  ];
  return `${shortShareId(id)}  ${placeOf(share)}  ${words.join(', ')}`;
}

/** @param note  what there is to know of the link before how it is ended */
export const madeText = (link: string, share: ShownShare, note = ''): string =>
  `${link}\n${shareLine(share)}\n${note}To end it: npx fs-sync unshare ${shortShareId(share.id)}`;

export const listText = (shares: readonly ShownShare[]): string =>
  shares.length > 0
    ? shares.map(shareLine).join('\n')
    : 'Nothing is shared. Make a link: npx fs-sync share <project> <path>';

export const revokedText = (share: Pick<ShownShare, 'project' | 'path'>, isNow: boolean): string =>
  isNow
    ? `The link to ${placeOf(share)} is revoked: whoever opens it from now on gets nothing.`
    : `The link to ${placeOf(share)} was revoked before.`;

/** @throws InvalidValueError  none begins so, or several do */
export function onlyShare<T extends { readonly id: ShareId }>(shares: readonly T[], named: string): T {
  const [share, second] = shares.filter(({ id }) => id.startsWith(named));
  if (!share) throw noShare(named);
  if (second) throw new InvalidValueError(`${named} is the beginning of several links: give more digits`);
  return share;
}

export const noShare = (named: string): InvalidValueError =>
  new InvalidValueError(`there is no link ${named}: npx fs-sync shares lists them`);

/** @throws InvalidValueError */
export function checkShareId(named: string): void {
  if (named.length >= MIN_DIGITS && /^[0-9a-f]{1,32}$/.test(named)) return;
  throw new InvalidValueError(
    `${quote(named)} is no id of a link: give at least its first ${MIN_DIGITS} hex digits (npx fs-sync shares lists them)`,
  );
}

/** @throws InvalidValueError */
export function parseUses(text: string): number {
  const uses = Number(text);
  if (/^\d+$/.test(text) && uses >= 1 && uses <= MAX_SHARE_USES) return uses;
  throw new InvalidValueError(`--uses is ${quote(text)}: give a whole number from 1 to ${countText(MAX_SHARE_USES)}`);
}

/** @throws InvalidValueError */
export function checkedPassword(password: string): string {
  if (password.length >= MIN_PASSWORD && password.length <= MAX_PASSWORD) return password;
  throw new InvalidValueError(`no link was made: give a password of ${MIN_PASSWORD} to ${MAX_PASSWORD} characters`);
}

const placeOf = ({ project, path }: Pick<ShownShare, 'project' | 'path'>): string =>
  path === '' ? project : shown(`${project}/${path}`);

/** `2026-06-01 12:00 UTC` */
const minute = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`;
