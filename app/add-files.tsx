// New files and folders of a project, brought by a browser: a form that works without a script. The bytes are passed on while
// they come, then one commit names all of them; who reads the directory meanwhile sees all of them or none.
import { type Context, Hono } from 'hono';
import { Icon } from '../components/icon.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import type { FileOp } from './file-commands.ts';
import { saidOf } from './file-outcome.ts';
import { takesLong } from './long-body.ts';
import { boundaryIn, type FormPart, MultipartError, multipart } from './multipart.ts';
import { sendPage } from './page.tsx';
import { projectIn } from './project-manage.tsx';
import { answerForm, type Outcome, saidHtml, saidIn } from './said.tsx';
import { fieldsIn } from './sent.ts';
import { actorOf } from './session.ts';
import { addUrl, filesUrl } from './url.ts';

const MOST_FILES = 1_000;
const MOST_FIELD_BYTES = 100_000;

/** They stand before those that limit the forms of a project to less. */
export const addRoutes = new Hono<AppEnv>()
  .get('/p/:project/add', page)
  .post('/p/:project/add/files', addFiles)
  .post('/p/:project/add/folder', addFolder);

function placeIn(text: string | undefined): RelPath | '' {
  const typed = (text ?? '').replace(/^\/+|\/+$/g, '');
  const path = relPathSchema.safeParse(typed);
  if (typed !== '' && !path.success) throw new NotFoundError('This address holds no path of a project.');
  return path.success ? path.data : '';
}

const below = (place: RelPath | '', name: string): RelPath | undefined =>
  relPathSchema.safeParse(place === '' ? name : `${place}/${name}`).data;

async function page(c: Context<AppEnv>): Promise<Response> {
  const project = projectIn(c);
  const place = placeIn(c.req.query('path'));
  if (!(await c.get('services').queries.project(project))) throw new NotFoundError(`There is no project ${project}.`);
  const back = filesUrl({ project, prefix: place, open: [] });
  const where = place === '' ? project : visible(place);
  return sendPage(c, {
    title: `Add to ${where}`,
    section: 'files',
    crumbs: [{ text: project, href: filesUrl({ project, prefix: '', open: [] }) }, { text: 'Add' }],
    live: { still: 'not sent yet' },
    view: (
      <>
        <header class="head">
          <h1>
            Add to <VisibleText value={place === '' ? project : place} />
          </h1>
          <a class="button button-quiet" href={back}>
            <Icon name="x" />
            Cancel
          </a>
        </header>
        {saidHtml(saidIn(c))}
        <div class="panel ask-page">
          <form method="post" action={`/p/${project}/add/files`} enctype="multipart/form-data" class="ask">
            <h2>Files</h2>
            <input type="hidden" name="path" value={encodeURIComponent(place)} />
            <div class="field">
              <label for="add-files">Files of this computer, of any size</label>
              <input id="add-files" type="file" name="file" multiple required />
            </div>
            <p class="muted">A file of the same name gets a new version; the one before stays in its history.</p>
            <p class="ask-buttons">
              <button type="submit" class="button button-primary">
                <Icon name="plus" />
                Upload
              </button>
            </p>
          </form>
          <form method="post" action={`/p/${project}/add/folder`} class="ask">
            <h2>A folder</h2>
            <input type="hidden" name="path" value={encodeURIComponent(place)} />
            <div class="field">
              <label for="add-folder">Its name</label>
              <input id="add-folder" type="text" name="name" required maxlength={255} autocomplete="off" />
            </div>
            <p class="ask-buttons">
              <button type="submit" class="button">
                <Icon name="plus" />
                Make folder
              </button>
            </p>
          </form>
        </div>
      </>
    ),
  });
}

async function addFolder(c: Context<AppEnv>): Promise<Response> {
  const project = projectIn(c);
  const field = await fieldsIn(c);
  const place = placeIn(decoded(field('path') ?? ''));
  const path = below(place, field('name') ?? '');
  if (path === undefined) return answerForm(c, addUrl(project, place), 'files-bad-name');
  return answer(c, place, [{ kind: 'directory', path }]);
}

async function addFiles(c: Context<AppEnv>): Promise<Response> {
  const project = projectIn(c);
  const boundary = boundaryIn(c.req.header('content-type'));
  const { body } = c.req.raw;
  if (boundary === undefined || body === null) return answerForm(c, addUrl(project, ''), 'invalid');
  takesLong(c.req.raw);
  let place: RelPath | '' = '';
  const ops: FileOp[] = [];
  try {
    for await (const part of multipart(body, boundary)) {
      if (part.name === 'path') place = placeIn(decoded(await textOf(part)));
      // A field for files in which nothing was chosen has one without a name.
      if (part.name !== 'file' || !part.fileName) continue;
      const path = below(place, part.fileName);
      if (path === undefined || ops.length === MOST_FILES) {
        return answerForm(c, addUrl(project, place), path ? 'files-too-many' : 'files-bad-name');
      }
      const stored = await c.get('services').fileCommands.storeBytes({ bytes: part.bytes, sizeBytes: undefined });
      ops.push({ kind: 'put', path, ...stored });
    }
  } catch (error) {
    if (error instanceof MultipartError) return answerForm(c, addUrl(project, place), 'files-cut-off');
    throw error;
  }
  if (ops.length === 0) return answerForm(c, addUrl(project, place), 'files-none');
  return answer(c, place, ops);
}

async function answer(c: Context<AppEnv>, place: RelPath | '', ops: readonly FileOp[]): Promise<Response> {
  const project = projectIn(c);
  const actor = actorOf(c);
  const outcome: Outcome = saidOf(await c.get('services').fileCommands.commit(actor, { project, ops }));
  const isDone = outcome === 'files-changed' || outcome === 'files-unchanged';
  return answerForm(c, isDone ? filesUrl({ project, prefix: place, open: [] }) : addUrl(project, place), outcome);
}

async function textOf({ bytes }: FormPart): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of bytes) {
    length += part.length;
    if (length > MOST_FIELD_BYTES) throw new MultipartError('a field of the form is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '\0';
  }
}
