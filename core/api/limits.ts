// How much the HTTP API takes and gives at once. What is larger is refused with the limit's name; contents of files have none.

/** bytes of a JSON body */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** rows of a page */
export const MAX_PAGE = 1_000;
export const DEFAULT_PAGE = 100;
/** changes of one commit */
export const MAX_OPS = 10_000;
