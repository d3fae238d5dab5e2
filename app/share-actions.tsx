// What people ask of share links, by forms: to make one, and to revoke one. Everything changes by POST from our own pages only
// (security.ts). A link whose form was sent twice is two links; each is listed, and can be revoked.
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { AppEnv } from './context.ts';
import { answerForm, isFromScript, patchAnswer } from './said.tsx';
import { fieldsIn } from './sent.ts';
import { actorOf } from './session.ts';
import { linkAddress } from './share-address.ts';
import { madePart, readShareForm, sendForm, shareFormPage, targetOf } from './share-form.tsx';
import { sharePageUrl, sharesUrl, shareUrl } from './url.ts';

const MAX_FORM_BYTES = 16 * 1024;

export const shareActionRoutes = new Hono<AppEnv>()
  .use('/shares/*', bodyLimit({ maxSize: MAX_FORM_BYTES }))
  .use('/p/:project/share', bodyLimit({ maxSize: MAX_FORM_BYTES }))
  .get('/p/:project/share', shareFormPage)
  .post('/p/:project/share', async (c) => {
    const field = await fieldsIn(c);
    const target = await targetOf(c, { path: field('path'), commit: field('commit') });
    const read = readShareForm(field, target);
    if (read.kind === 'invalid') return sendForm(c, target, read.form);
    const { actor, commands } = asker(c);
    const outcome = await commands.share(actor, read.asked);
    if (outcome.kind !== 'shared') return answerForm(c, shareUrl(target.project, target.path), outcome.kind);
    const page = sharePageUrl(outcome.id);
    if (!isFromScript(c)) return answerForm(c, page, outcome.kind);
    const made = await c.get('services').shares.share(outcome.id);
    const address = made?.token && linkAddress(c, made.token);
    return patchAnswer(c, [madePart(target, outcome.id, made, address)], 200);
  })
  .post('/shares/:id/revoke', async (c) => {
    const { actor, commands } = asker(c);
    const id = c.req.param('id');
    const { kind } = await commands.revoke(actor, id);
    return answerForm(c, kind === 'no-share' ? sharesUrl() : sharePageUrl(id), kind);
  });

const asker = (c: Context<AppEnv>) => ({
  actor: actorOf(c),
  commands: c.get('services').shareCommands,
});
