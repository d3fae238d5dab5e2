// Whether a body is JSON by its type: such bodies are small, and read at once.
export const isJson = (type: string | undefined): boolean => /^application\/([\w.+-]+\+)?json\b/i.test(type ?? '');
