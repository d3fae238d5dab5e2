// How one file differs between two commits. Nothing of it is run: texts are shown as texts, images as images.
import type { Child } from 'hono/jsx';
import { EmptyState } from '../components/empty-state.tsx';
import { formatBytes, plural } from '../components/format.ts';
import { VisibleText, visible } from '../components/visible-text.tsx';
import type { ProjectName, Sha } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { Remembered } from '../core/model/remembered.ts';
import { collect } from '../core/store/object-store.ts';
import type { AppServices } from './context.ts';
import type { FileDetail } from './file-view.ts';
import type { EntryAt } from './history-view.ts';
import { type Block, block } from './parts.ts';
import { asText, isShownImage } from './preview.ts';
import { type DiffLine, type TextDiff, textDiff } from './text-diff.ts';
import { explain } from './trouble.tsx';
import { downloadUrl, previewUrl } from './url.ts';

/** A larger text is compared by who downloads it. */
const MAX_TEXT_BYTES = 256 * 1024;

interface Asked {
  readonly project: ProjectName;
  readonly path: RelPath;
  readonly from: Sha;
  readonly to: Sha;
}

/** By the two shas: their bytes never change. */
const remembered = new Remembered<TextDiff>(16);

export async function fileDiffPart(services: AppServices, asked: Asked): Promise<Block> {
  const { history } = services;
  const { project, path } = asked;
  const [a, b] = await Promise.all([
    history.fileAt(project, path, asked.from),
    history.fileAt(project, path, asked.to),
  ]);
  return block(
    'file-diff',
    <div id="file-diff">
      <div class="diff-versions">
        <Version word="Before" asked={asked} at={a} commit={asked.from} />
        <Version word="After" asked={asked} at={b} commit={asked.to} />
      </div>
      {await differenceOf(services, asked, a, b)}
    </div>,
  );
}

async function differenceOf(services: AppServices, asked: Asked, a: EntryAt, b: EntryAt): Promise<Child> {
  if (a.kind === 'not-kept' || b.kind === 'not-kept') {
    return <Word title="Not kept any more">The retention policy has let go of what one of the two commits held.</Word>;
  }
  const [before, after] = [a, b].map((at) => (at.kind === 'file' ? at.detail : undefined));
  if (!before && !after) return <Word title="In neither">Neither commit has a file at this path.</Word>;
  if (before?.file.sha === after?.file.sha) {
    return <Word title="The same bytes">Only its mode or its time of change may differ.</Word>;
  }
  const images = [before, after].map((side) => !side || isShownImage(side.mime, side.file.sizeBytes));
  if (images.every((isImage) => isImage)) {
    return (
      <div class="diff-versions">
        <Picture side={before} commit={asked.from} />
        <Picture side={after} commit={asked.to} />
      </div>
    );
  }
  return textDifference(services, before, after);
}

async function textDifference(
  { queries }: AppServices,
  before: FileDetail | undefined,
  after: FileDetail | undefined,
): Promise<Child> {
  const largest = Math.max(before?.file.sizeBytes ?? 0, after?.file.sizeBytes ?? 0);
  if (largest > MAX_TEXT_BYTES) {
    return (
      <Word title="Too large to be compared here">
        Files of up to {formatBytes(MAX_TEXT_BYTES)} are. Download both, and compare them on your machine.
      </Word>
    );
  }
  const key = `${before?.file.sha} ${after?.file.sha}`;
  const known = remembered.get(key);
  if (known) return <Lines diff={known} />;
  const textOf = async (side: FileDetail | undefined): Promise<string | undefined> => {
    if (!side || side.file.sizeBytes === 0) return '';
    const { bytes } = await queries.peek(side.file.sha, { start: 0, end: side.file.sizeBytes });
    const text = asText(await collect(bytes), false);
    return text.kind === 'text' ? text.text : undefined;
  };
  try {
    const [a, b] = await Promise.all([textOf(before), textOf(after)]);
    if (a === undefined || b === undefined) {
      return <Word title="Not a text">Its bytes differ. Download both versions to compare them.</Word>;
    }
    const diff = textDiff(a, b);
    remembered.set(key, diff);
    return <Lines diff={diff} />;
  } catch (error) {
    return <Word title="Could not be read">{explain(error)}</Word>;
  }
}

function Word({ title, children }: { title: string; children?: Child }) {
  return (
    <EmptyState icon="file" title={title}>
      <p>{children}</p>
    </EmptyState>
  );
}

function Version({ word, asked, at, commit }: { word: string; asked: Asked; at: EntryAt; commit: Sha }) {
  return (
    <p class="diff-version">
      <span class="muted">{word}</span>
      {at.kind === 'file' ? (
        <>
          <span class="num">{formatBytes(at.detail.file.sizeBytes)}</span>
          <a href={downloadUrl(asked.project, asked.path, commit)} download="">
            Download
          </a>
        </>
      ) : (
        <span>{at.kind === 'none' ? 'not there' : 'not kept'}</span>
      )}
    </p>
  );
}

function Picture({ side, commit }: { side: FileDetail | undefined; commit: Sha }) {
  if (!side) return <figure class="preview preview-none">not there</figure>;
  const { project, file } = side;
  return (
    <figure class="preview preview-image">
      <img
        src={previewUrl(project, file.path, file.sha, commit)}
        alt={`${visible(file.name)} at ${commit.slice(0, 12)}`}
      />
    </figure>
  );
}

const SIGNS: Readonly<Record<DiffLine['kind'], string>> = { same: ' ', added: '+', removed: '−' };
const WORDS: Readonly<Record<DiffLine['kind'], string>> = { same: '', added: 'Added: ', removed: 'Removed: ' };

function Lines({ diff }: { diff: TextDiff }) {
  if (diff.kind === 'too-different') {
    return <Word title="Too different to be shown line by line">Download both versions to compare them.</Word>;
  }
  if (diff.hunks.length === 0) {
    return <Word title="The same lines">Only how a line or the file ends may differ.</Word>;
  }
  return (
    <>
      <p class="diff-counts num">
        <span class="cat-create">{plural(diff.added, 'line')} added</span>
        <span class="cat-remove">{plural(diff.removed, 'line')} removed</span>
      </p>
      <section class="lines" tabindex={0} aria-label="Lines that differ">
        <table>
          {diff.hunks.map((hunk) => (
            <tbody>
              {hunk.map(({ kind, before, after, text }) => (
                <tr class={`line-${kind}`}>
                  <td class="num">{before}</td>
                  <td class="num">{after}</td>
                  <td aria-hidden="true">{SIGNS[kind]}</td>
                  <td>
                    {WORDS[kind] === '' ? null : <span class="unseen">{WORDS[kind]}</span>}
                    <LineText text={text} />
                  </td>
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </section>
    </>
  );
}

/** Tabs and the spaces in front lay a line out; whatever else cannot be seen is named. */
export function LineText({ text }: { text: string }) {
  const parts = text.replace(/\r$/, '').split('\t');
  return (
    <code>
      {parts.map((part, at) => {
        const indent = /^ */.exec(part)?.[0] ?? '';
        return (
          <>
            {at === 0 ? '' : '\t'}
            {indent}
            <VisibleText value={part.slice(indent.length)} />
          </>
        );
      })}
    </code>
  );
}
