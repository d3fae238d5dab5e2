// What a caught value says. Anything can be thrown, and a sentence for a person is made from it all the same.

/** @returns the message of an error; of anything else its text */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
