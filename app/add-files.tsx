// New files and folders of a project, brought by a browser: a form that works without a script. The bytes are passed on while
// they come, then one commit names all of them; who reads the directory meanwhile sees all of them or none.
import { type Context, Hono } from 'hono';
import { Icon } from '../components/icon.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { type ProjectName, quote } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { answerAdded, refusedNames } from './added.tsx';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import type { FileOp } from './file-commands.ts';
import { takesLong } from './long-body.ts';
import { boundaryIn } from './multipart.ts';
import { sendPage } from './page.tsx';
import { projectIn } from './project-manage.tsx';
import { below, decodedPath, placeIn, receive } from './received.ts';
import { answerForm, saidHtml, saidIn } from './said.tsx';
import { fieldsIn } from './sent.ts';
import { actorOf } from './session.ts';
import { addFilesUrl, UploadBox } from './upload-box.tsx';
import { addUrl, filesUrl, projectUrl } from './url.ts';

/** They stand before those that limit the forms of a project to less. */
export const addRoutes = new Hono<AppEnv>()
  .get('/p/:project/add', page)
  .post('/p/:project/add/files', addFiles)
  .post('/p/:project/add/folder', addFolder);

function knownPlace(typed: string): RelPath | '' {
  const place = placeIn(typed);
  if (place === undefined) throw new NotFoundError('This address holds no path of a project.');
  return place;
}

function page(c: Context<AppEnv>): Promise<Response> {
  return sendAddPage(c, knownPlace(c.req.query('path') ?? ''));
}

/** @param refused  the name of a folder that is none, to be corrected where it was typed */
async function sendAddPage(c: Context<AppEnv>, place: RelPath | '', refused?: string): Promise<Response> {
  const project = projectIn(c);
  if (!(await c.get('services').queries.project(project))) throw new NotFoundError(`There is no project ${project}.`);
  const folder = filesUrl({ project, prefix: place, open: [] });
  return sendPage(c, {
    title: `Add to ${place === '' ? project : visible(place)}`,
    section: 'files',
    crumbs: [
      { text: project, href: projectUrl(project) },
      ...(place === '' ? [] : [{ text: place, href: folder }]),
      { text: 'Add' },
    ],
    live: { still: '' },
    status: refused === undefined ? 200 : 422,
    view: (
      <>
        <header class="head">
          <h1>
            Add to <VisibleText value={place === '' ? project : place} />
          </h1>
        </header>
        {saidHtml(saidIn(c))}
        <UploadBox project={project} place={place} />
        <div class="add">
          <FilesForm project={project} place={place} />
          <FolderForm project={project} place={place} refused={refused} />
        </div>
        <p>
          <a class="button" href={folder}>
            <Icon name="arrow-left" />
            Back to the files
          </a>
        </p>
      </>
    ),
  });
}

interface Place {
  readonly project: ProjectName;
  readonly place: RelPath | '';
}

function FilesForm({ project, place }: Place) {
  return (
    <form
      method="post"
      action={addFilesUrl(project)}
      enctype="multipart/form-data"
      class="panel ask drop-zone"
      data-upload=""
    >
      <h2>Files</h2>
      <p class="js-only">Drop files and folders here, or choose them.</p>
      <input type="hidden" name="path" value={encodeURIComponent(place)} />
      <div class="field">
        <label for="add-files">Files of this computer, of any size</label>
        <input id="add-files" type="file" name="file" multiple />
      </div>
      <div class="field">
        <label for="add-tree">Or a folder, with all that is in it</label>
        <input id="add-tree" type="file" name="file" multiple webkitdirectory />
      </div>
      <p class="muted">
        At most 1,000 at once, by one commit. A file of the same name gets a new version; the one before stays in its
        history.
      </p>
      <p class="ask-buttons">
        <button type="submit" class="button button-primary">
          <Icon name="arrow-up" />
          Upload
        </button>
      </p>
    </form>
  );
}

function FolderForm({ project, place, refused }: Place & { readonly refused: string | undefined }) {
  return (
    <form method="post" action={`/p/${project}/add/folder`} class="panel ask">
      <h2>A new folder</h2>
      <input type="hidden" name="path" value={encodeURIComponent(place)} />
      <div class="field">
        <label for="add-folder">Its name</label>
        <input
          id="add-folder"
          type="text"
          name="name"
          value={refused}
          required
          maxlength={255}
          autocomplete="off"
          aria-invalid={refused === undefined ? undefined : 'true'}
          aria-describedby={refused === undefined ? undefined : 'add-folder-fault'}
        />
        {refused === undefined ? null : (
          <p class="fault" id="add-folder-fault">
            Nothing was changed: <VisibleText value={quote(refused)} /> is no name of a folder. It is relative, and has
            no empty part and no “.” or “..”.
          </p>
        )}
      </div>
      <p class="ask-buttons">
        <button type="submit" class="button">
          <Icon name="folder" />
          Make the folder
        </button>
      </p>
    </form>
  );
}

async function addFolder(c: Context<AppEnv>): Promise<Response> {
  const project = projectIn(c);
  const field = await fieldsIn(c);
  const place = knownPlace(decodedPath(field('path') ?? ''));
  const name = field('name') ?? '';
  const path = below(place, name);
  if (path === undefined) return sendAddPage(c, place, name);
  return answerAdded(c, { project, place, files: 0 }, await commit(c, project, [{ kind: 'directory', path }]));
}

async function addFiles(c: Context<AppEnv>): Promise<Response> {
  const project = projectIn(c);
  const boundary = boundaryIn(c.req.header('content-type'));
  const { body, signal } = c.req.raw;
  if (boundary === undefined || body === null) return answerForm(c, addUrl(project, ''), 'invalid');
  takesLong(c.req.raw);
  const received = await receive({ body, boundary, signal }, c.get('services').fileCommands);
  const { place, ops, files, fault } = received;
  if (fault !== undefined) return answerForm(c, addUrl(project, place), `files-${fault}`);
  if (received.badNames.length > 0) return refusedNames(c, project, received);
  if (ops.length === 0) return answerForm(c, addUrl(project, place), 'files-none');
  return answerAdded(c, { project, place, files }, await commit(c, project, ops));
}

const commit = (c: Context<AppEnv>, project: ProjectName, ops: readonly FileOp[]) =>
  c.get('services').fileCommands.commit(actorOf(c), { project, ops });
