// Share links, as those open them who have one and no session: a file, or a directory with its files and all of it as one
// archive. A use is a visit: who was let in comes and goes for an hour, by a cookie of this link alone. What the link is,
// and what may be said about it, is known to nobody who has not its token; a wrong one looks like one that never was.
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie } from 'hono/cookie';
import { serialize } from 'hono/utils/cookie';
import { attachment } from '../core/model/attachment.ts';
import type { FileEntry } from '../core/model/entry.ts';
import { InvalidValueError } from '../core/model/ids.ts';
import { mimeOf } from '../core/model/mime.ts';
import { baseName, type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import { MAX_PASSWORD, type Share, shareState } from '../core/model/share.ts';
import type { SharedTree } from '../core/share/shared-tree.ts';
import type { Refusal } from '../core/share/tell-share.ts';
import type { AppEnv } from './context.ts';
import { rateLimit } from './rate-limit.ts';
import { remoteAddress } from './remote-address.ts';
import { isHttps } from './security.ts';
import { LINK_NOT_KEPT, linkTo, type SentFile, sendBytes } from './send-bytes.ts';
import { fieldsIn } from './sent.ts';
import { closedPage, directoryPage, passwordPage, troublePage } from './share-page.tsx';
import type { SharedDirectory, SharedPage } from './share-view.ts';

const VISIT_COOKIE = 'fs_visit';
const MAX_FORM_BYTES = 4 * 1024;
const ROWS = 200;
/** Wrong passwords in a minute and for one link, of one address and of all. */
const TRIES = 5;
const TRIES_OF_ALL = 50;
const WINDOW_MS = 60_000;

export function shareLinkRoutes(now: () => number = Date.now): Hono<AppEnv> {
  const ofOne = rateLimit({ now, tries: TRIES, windowMs: WINDOW_MS });
  const ofAll = rateLimit({ now, tries: TRIES_OF_ALL, windowMs: WINDOW_MS });

  return new Hono<AppEnv>()
    .use('/s/*', async (c, next) => {
      await next();
      c.res.headers.set('x-robots-tag', 'noindex, nofollow');
      if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
    })
    .get('/s/:token', async (c) => {
      const asked = await enter(c, now(), async (tree) => (tree.kind === 'file' ? tree : listed(c, tree)));
      if (asked.kind === 'answer') return asked.response;
      const { share, wanted, cookie } = asked;
      if (wanted.kind === 'file') return sendFile(c, share, wanted.file, cookie, now());
      return listing(c, share, wanted, cookie);
    })
    .get('/s/:token/file', async (c) => {
      const asked = await enter(c, now(), async (tree) => {
        const path = relPathSchema.safeParse(c.req.query('path') ?? '').data;
        return tree.kind === 'directory' && path ? c.get('services').sharedLinks.file(tree, path) : undefined;
      });
      return asked.kind === 'answer' ? asked.response : sendFile(c, asked.share, asked.wanted, asked.cookie, now());
    })
    .get('/s/:token/zip', async (c) => {
      const asked = await enter(c, now(), async (tree) => (tree.kind === 'directory' ? listed(c, tree, 1) : undefined));
      if (asked.kind === 'answer') return asked.response;
      const { share, cookie } = asked;
      const { tree, inside } = asked.wanted;
      const name = baseName(inside || tree.path) || share.scope.project;
      const headers = {
        'content-type': 'application/zip',
        'content-disposition': attachment(`${name}.zip`),
        'cache-control': 'no-store',
        ...cookie,
      };
      if (c.req.method === 'HEAD') return new Response(null, { headers });
      return new Response(c.get('services').sharedLinks.zip(share.scope.project, tree, inside), { headers });
    })
    .post('/s/:token', bodyLimit({ maxSize: MAX_FORM_BYTES }), async (c) => {
      const found = await findOpen(c, now());
      if (found.kind === 'answer') return found.response;
      const { share } = found;
      const password = (await fieldsIn(c))('password') ?? '';
      const { sharedLinks: links } = c.get('services');
      const from = remoteAddress(c);
      const keyOfOne = `${share.id} ${from}`;
      const waitMs = Math.max(ofOne.waitMs(keyOfOne), ofAll.waitMs(share.id));
      if (waitMs > 0) return passwordPage(c, share, { waitMs });
      // Counted before it is looked at, so that many tries at once are no more tries.
      ofOne.failed(keyOfOne);
      ofAll.failed(share.id);
      if (password.length > MAX_PASSWORD || !(await links.passwordFits(share, password))) {
        links.refuse(share, 'wrong-password', from);
        return passwordPage(c, share, { isWrong: true });
      }
      ofOne.succeeded(keyOfOne);
      ofAll.succeeded(share.id);
      if ((await links.tree(share)).kind === 'gone') return (await refused(c, share, 'gone')).response;
      const used = await letIn(c, share);
      if (used.kind === 'answer') return used.response;
      const headers = { location: linkPath(c), 'cache-control': 'no-store', ...used.cookie };
      return new Response(null, { status: 303, headers });
    })
    .onError((error, c) => {
      // The address is a secret: neither the log nor the page says it.
      c.get('services').log?.error({ err: error }, 'a share link could not be opened');
      return error instanceof InvalidValueError ? closedPage(c, 'no-file') : troublePage(c, error);
    });
}

type Answer = { readonly kind: 'answer'; readonly response: Response };
type SharedFile = Extract<SharedTree, { kind: 'file' }>;
type Cookie = { readonly 'set-cookie'?: string };

async function answer(response: Response | Promise<Response>): Promise<Answer> {
  return { kind: 'answer', response: await response };
}

/** Of one that counts no more uses, only who was let in before gets on. */
async function findOpen(
  c: Context<AppEnv>,
  now: number,
): Promise<Answer | { readonly kind: 'open'; readonly share: Share; readonly isVisitor: boolean }> {
  const { sharedLinks: links } = c.get('services');
  const share = await links.find(c.req.param('token') ?? '', remoteAddress(c));
  if (!share) return answer(closedPage(c, 'unknown'));
  const isVisitor = links.isVisit(share.id, getCookie(c, VISIT_COOKIE));
  const state = shareState(share, now);
  if (state === 'active' || (state === 'used-up' && isVisitor)) return { kind: 'open', share, isVisitor };
  return refused(c, share, state);
}

function refused(c: Context<AppEnv>, share: Share, reason: Exclude<Refusal, 'wrong-password'>): Promise<Answer> {
  c.get('services').sharedLinks.refuse(share, reason, remoteAddress(c));
  return answer(closedPage(c, reason));
}

/** @param find  what is asked for; undefined: it is not there, which costs no use */
async function enter<T>(
  c: Context<AppEnv>,
  now: number,
  find: (tree: SharedFile | SharedDirectory) => Promise<T | undefined>,
): Promise<Answer | { readonly kind: 'in'; readonly share: Share; readonly wanted: T; readonly cookie: Cookie }> {
  const found = await findOpen(c, now);
  if (found.kind === 'answer') return found;
  const { share, isVisitor } = found;
  if (share.password && !isVisitor) return answer(passwordPage(c, share, {}));
  const tree = await c.get('services').sharedLinks.tree(share);
  if (tree.kind === 'gone') return refused(c, share, 'gone');
  const wanted = await find(tree);
  if (wanted === undefined) return answer(closedPage(c, 'no-file'));
  // Who only asks what there is takes nothing.
  if (isVisitor || c.req.method === 'HEAD') return { kind: 'in', share, wanted, cookie: {} };
  const used = await letIn(c, share);
  return used.kind === 'answer' ? used : { kind: 'in', share, wanted, cookie: used.cookie };
}

async function letIn(c: Context<AppEnv>, share: Share): Promise<Answer | { kind: 'in'; cookie: Cookie }> {
  const { sharedLinks: links } = c.get('services');
  const used = await links.use(share, remoteAddress(c));
  if (used.kind === 'no-share') return answer(closedPage(c, 'unknown'));
  if (used.kind === 'closed') return refused(c, used.share, used.reason);
  const cookie = serialize(VISIT_COOKIE, links.visit(share.id), {
    path: linkPath(c),
    httpOnly: true,
    sameSite: 'Lax',
    secure: isHttps(c),
    maxAge: links.visitSeconds,
  });
  return { kind: 'in', cookie: { 'set-cookie': cookie } };
}

const linkPath = (c: Context<AppEnv>): string => `/s/${c.req.param('token') ?? ''}`;

/** @returns undefined when it is no path */
function insideIn(c: Context<AppEnv>): RelPath | '' | undefined {
  const text = c.req.query('in') ?? '';
  return text === '' ? '' : relPathSchema.safeParse(text).data;
}

async function sendFile(
  c: Context<AppEnv>,
  share: Share,
  { path, sha, size, mtime }: FileEntry,
  cookie: Cookie,
  now: number,
): Promise<Response> {
  const { project } = share.scope;
  const name = baseName(path);
  const file: SentFile = { project, sha, name, sizeBytes: size, modifiedAt: mtime, mime: mimeOf(path) };
  // A link to S3 outlives this one by nothing.
  const secondsLeft = share.expires === undefined ? undefined : (Date.parse(share.expires) - now) / 1_000;
  const link = await linkTo(c, file, secondsLeft === undefined ? undefined : Math.max(1, Math.floor(secondsLeft)));
  if (link !== undefined) {
    return new Response(null, { status: 302, headers: { location: link, ...LINK_NOT_KEPT, ...cookie } });
  }
  return sendBytes(c, file, {
    'content-type': file.mime,
    'content-disposition': attachment(name),
    // Whether it may still be had is asked each time.
    'cache-control': 'private, no-cache',
    ...cookie,
  });
}

interface Listed {
  readonly kind: 'directory';
  readonly tree: SharedDirectory;
  readonly inside: RelPath | '';
  readonly page: SharedPage;
  readonly isFirst: boolean;
}

/** @returns undefined when there is no such directory
 *  @throws InvalidValueError  the cursor is none of it */
async function listed(c: Context<AppEnv>, tree: SharedDirectory, limit = ROWS): Promise<Listed | undefined> {
  const inside = insideIn(c);
  if (inside === undefined) return undefined;
  const cursor = c.req.query('cursor') || undefined;
  const page = await c.get('services').sharedLinks.list(tree, { inside, cursor, limit });
  const isThere = page.rows.length > 0 || inside === '' || cursor !== undefined;
  return isThere ? { kind: 'directory', tree, inside, page, isFirst: cursor === undefined } : undefined;
}

async function listing(
  c: Context<AppEnv>,
  share: Share,
  { kind, ...shown }: Listed,
  cookie: Cookie,
): Promise<Response> {
  const response = await directoryPage(c, { share, ...shown });
  if (cookie['set-cookie'] !== undefined) response.headers.append('set-cookie', cookie['set-cookie']);
  return response;
}
