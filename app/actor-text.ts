// Who did something, as lists name them: a program is a token of that name, so that nobody takes it for a person.
import type { AuditActor } from '../core/audit/entry.ts';

/** `ada`, `token ci (fst_0123456789ab)`, `link 0123abcd`: who has a link is named by it already. */
export const actorText = ({ kind, id }: AuditActor): string =>
  kind === 'token' && !id.startsWith('link ') ? `token ${id}` : id;
