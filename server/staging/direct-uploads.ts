// Uploads past this server, straight to cold: it signs where they go, and takes them when they are there.
import type { DirectUploads } from '../../app/upload-commands.ts';
import { StoreDeniedError, StoreUnavailableError } from '../../core/store/store-errors.ts';
import { takeUploaded, type UploadedIo } from '../../core/tier/uploaded-object.ts';
import { uploadName } from './uploads.ts';

/** For an upload to begin; who comes later announces it again. */
const EXPIRES_IN_SECONDS = 3_600;

/** @param ending  of the server */
export function directUploads(io: UploadedIo, ending: AbortSignal): DirectUploads {
  return {
    async link(key) {
      try {
        return await io.cold.uploads?.link(uploadName(key), key, EXPIRES_IN_SECONDS);
      } catch (error) {
        // The other ways do not need cold.
        if (error instanceof StoreUnavailableError || error instanceof StoreDeniedError) return undefined;
        throw error;
      }
    },

    async complete(key, project) {
      const { sha, sizeBytes } = key;
      return takeUploaded(io, { name: uploadName(key), sha, sizeBytes, project }, ending);
    },

    async drop(key) {
      await io.cold.uploads?.drop(uploadName(key));
    },
  };
}
