// Where the script says how far an upload is, what could not be read, and where a drop would go. Without the script nothing of
// it is seen: files come by the form then.
import { Icon } from '../components/icon.tsx';
import { visible } from '../components/visible-text.tsx';
import type { ProjectName } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';

interface UploadBoxProps {
  readonly project: ProjectName;
  /** where a drop goes that is over no folder; '' for the top */
  readonly place: RelPath | '';
}

export const addFilesUrl = (project: ProjectName): string => `/p/${project}/add/files`;

export function UploadBox({ project, place }: UploadBoxProps) {
  return (
    <>
      <section
        id="upload"
        class="upload panel"
        aria-label="Upload"
        data-to={addFilesUrl(project)}
        data-place={encodeURIComponent(place)}
        data-name={visible(place === '' ? project : place)}
        hidden
      >
        <div class="upload-line">
          <p id="upload-words" role="status" />
          <p id="upload-amount" class="muted num" />
          <button type="button" class="button" id="upload-cancel">
            <Icon name="x" />
            Cancel
          </button>
        </div>
        <progress id="upload-bar" max={1} value={0} aria-label="Sent" />
      </section>
      <div id="upload-fault" role="alert" hidden>
        <p class="notice notice-bad">
          <Icon name="triangle-alert" />
          <span />
          <button type="button" class="icon-button" id="upload-fault-close" aria-label="Dismiss" title="Dismiss">
            <Icon name="x" />
          </button>
        </p>
      </div>
      <p id="drop-hint" aria-hidden="true" hidden>
        <Icon name="plus" />
        <span>
          Drop to add to <strong />
        </span>
      </p>
    </>
  );
}
