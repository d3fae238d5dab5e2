// What of a file is shown in its pane. Nothing of it is run: a browser draws or plays what it can, and text is text.
import { fileIcon } from '../components/file-icon.ts';
import { formatBytes } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import type { Sha } from '../core/model/ids.ts';
import type { FileDetail } from './file-view.ts';
import type { Preview } from './preview.ts';
import { previewUrl, textUrl } from './url.ts';

interface PreviewProps {
  readonly preview: Preview;
  readonly detail: FileDetail;
  /** absent: the file as it is now */
  readonly commit: Sha | undefined;
}

export function PreviewBox({ preview, detail, commit }: PreviewProps) {
  const { project, file } = detail;
  const src = previewUrl(project, file.path, file.sha, commit);
  const name = `Preview of ${visible(file.name)}`;
  switch (preview.kind) {
    case 'image':
      return (
        <figure class="preview preview-image">
          <img src={src} alt={name} />
        </figure>
      );
    case 'audio':
      return (
        <figure class="preview preview-played">
          {/* biome-ignore lint/a11y/useMediaCaption: what people keep in a project has the captions that it has */}
          <audio src={src} controls preload="metadata" aria-label={name} />
        </figure>
      );
    case 'video':
      return (
        <figure class="preview preview-played">
          {/* biome-ignore lint/a11y/useMediaCaption: what people keep in a project has the captions that it has */}
          <video src={src} controls preload="metadata" aria-label={name} />
        </figure>
      );
    case 'text':
      return <TextBox preview={preview} all={textUrl(project, file.path, commit)} />;
    case 'none':
      return (
        <figure class="preview preview-none">
          <Icon name={fileIcon(file.name)} />
          <figcaption class="muted">
            <VisibleText value={preview.why} />
          </figcaption>
        </figure>
      );
  }
}

function TextBox({ preview, all }: { preview: Extract<Preview, { kind: 'text' }>; all: string }) {
  const { text, cut, shownBytes } = preview;
  const lines = text.replace(/\n$/, '').split('\n').length;
  const numbers = Array.from({ length: lines }, (_, at) => at + 1).join('\n');
  return (
    <figure class="preview preview-text" aria-label="Preview">
      <section class="numbered" tabindex={0} aria-label="Text">
        <pre class="line-numbers num" aria-hidden="true">{`\n${numbers}`}</pre>
        <pre>{`\n${text}`}</pre>
      </section>
      <figcaption class="muted">
        {cut ? `The first ${formatBytes(shownBytes)}. ` : ''}
        <a href={all} target="_blank" rel="noopener">
          {cut ? 'All of it as plain text' : 'Open as plain text'}
        </a>
      </figcaption>
    </figure>
  );
}
