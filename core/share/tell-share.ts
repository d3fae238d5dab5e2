// The events of a share link. Their ids follow from what they tell, so that told twice is told once; of refusals one a minute
// and reason is told, and of the uses of a link that has no number of them one a minute and address, so that who comes without
// end does not fill the stream.
import { isoTime } from '../model/clock.ts';
import type { Actor } from '../model/commit.ts';
import type { EventOf, FsEvent } from '../model/event.ts';
import { shaOf, type Tenant } from '../model/ids.ts';
import { type Share, shortShareId } from '../model/share.ts';
import type { EventLog } from '../store/event-log.ts';

export type Refusal = EventOf<'ShareRefused'>['payload']['reason'];

export type ShareNews =
  | { readonly kind: 'created' }
  /** @param from  the address of who used it */
  | { readonly kind: 'used'; readonly from: string | undefined }
  | { readonly kind: 'refused'; readonly reason: Refusal; readonly at: number; readonly from: string | undefined }
  | { readonly kind: 'revoked' };

export interface TellIo {
  readonly tenant: Tenant;
  readonly events: Pick<EventLog, 'publish'>;
}

/** @param share  as it is after what is told
 *  @throws StoreUnavailableError */
export async function tellShare({ tenant, events }: TellIo, share: Share, news: ShareNews): Promise<void> {
  await events.publish([eventOf(tenant, share, news)]);
}

function eventOf(tenant: Tenant, share: Share, news: ShareNews): FsEvent {
  const { id, scope } = share;
  const trace = shaOf(`share ${id}`);
  const envelope = {
    tenant,
    project: scope.project,
    trace: { traceparent: `00-${trace.slice(0, 32)}-${trace.slice(32, 48)}-01`, correlation_id: `share-${id}` },
  };
  const shared = {
    share: id,
    kind: scope.kind,
    ...(scope.path !== '' && { path: scope.path }),
    ...(scope.commit_sha !== undefined && { commit_sha: scope.commit_sha }),
  };
  /** Whoever has a link is known by it alone. */
  const holder: Actor = { kind: 'token', id: `link ${shortShareId(id)}` };
  switch (news.kind) {
    case 'created': {
      const { actor, created: ts, expires, max_uses, password } = share;
      const limits = { ...(expires !== undefined && { expires }), ...(max_uses !== undefined && { max_uses }) };
      const payload = { ...shared, ...limits, password: password !== undefined };
      return { ...envelope, id: `share-${id}-created`, ts, actor, type: 'ShareCreated', payload };
    }
    case 'used': {
      const ts = share.last_used ?? share.created;
      const payload = { ...shared, uses: share.uses, ...(news.from !== undefined && { from: news.from }) };
      const minute = Math.floor(Date.parse(ts) / 60_000);
      // Where nothing bounds the uses, who comes again and again without a cookie would push all else out of the stream.
      const which = share.max_uses === undefined ? `by-${shaOf(news.from ?? '').slice(0, 16)}-${minute}` : share.uses;
      return { ...envelope, id: `share-${id}-use-${which}`, ts, actor: holder, type: 'ShareUsed', payload };
    }
    case 'refused': {
      const minute = Math.floor(news.at / 60_000);
      const payload = { ...shared, reason: news.reason, ...(news.from !== undefined && { from: news.from }) };
      const about = { id: `share-${id}-${news.reason}-${minute}`, ts: isoTime(news.at), actor: holder };
      return { ...envelope, ...about, type: 'ShareRefused', payload };
    }
    case 'revoked': {
      const { actor, ts } = share.revoked ?? { actor: share.actor, ts: share.created };
      return { ...envelope, id: `share-${id}-revoked`, ts, actor, type: 'ShareRevoked', payload: shared };
    }
  }
}
