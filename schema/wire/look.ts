/** Variables that colour and width of a text hang on: what omg-fast tells omgd of its environment. */
export const LOOK = ["CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "NO_COLOR", "TERM"] as const;
