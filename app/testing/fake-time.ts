// The moment at which all that is made up happens.

export const FAKE_NOW = Date.UTC(2026, 5, 1, 12, 0, 0);
