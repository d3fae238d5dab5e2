// Light, dark, or as the system says. The choice is a cookie, so that the server paints the first byte in the right
// colours; it changes by POST like everything that changes.

import type { Context } from 'hono';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import type { AppEnv } from './context.ts';
import { isHttps } from './security.ts';
import { localPath } from './url.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];
const themeSchema = z.enum(themes).catch('system');

const COOKIE = 'fs_theme';
const MAX_FORM_BYTES = 16 * 1024;
const ONE_YEAR_S = 365 * 24 * 60 * 60;

export const themeOf = (c: Context<AppEnv>): Theme => themeSchema.parse(getCookie(c, COOKIE));

export const themeRoutes = new Hono<AppEnv>().post('/theme', bodyLimit({ maxSize: MAX_FORM_BYTES }), async (c) => {
  const form = await c.req.parseBody();
  const theme = themeSchema.parse(form.theme);
  setCookie(c, COOKIE, theme, {
    path: '/',
    maxAge: ONE_YEAR_S,
    sameSite: 'Strict',
    httpOnly: true,
    secure: isHttps(c),
  });
  return c.redirect(localPath(typeof form.next === 'string' ? form.next : undefined), 303);
});
