// The one name that no project may have: an agent keeps its own things below it, in each workspace.

/** Our own folder at a workspace's root: staging, marker, lock. Never part of the project. */
export const OWN_FOLDER = '.fs-sync';

/** Also deeper down: what another agent keeps for itself is nobody's to carry. */
export const isOwn = (path: string): boolean => path.includes(OWN_FOLDER) && `/${path}/`.includes(`/${OWN_FOLDER}/`);
