// Which requests bring contents of files: those may take hours. Who reads them says so here, and looks for silence himself;
// all other bodies are small, and have to come soon.
const long = new WeakSet<Request>();

export const takesLong = (request: Request): void => void long.add(request);

export const mayTakeLong = (request: Request): boolean => long.has(request);
