/** Under which terms a package may be used, as far as its own copyright data tells. */
export interface LicenseFinding {
  /** An SPDX license expression (SPDX 2.3, annex D); absent where it could not be told. */
  readonly expression?: string;
  /** `stated`: the data is made for programs. `text`: told from the words of a text. `unknown`: it could not be told. */
  readonly basis: "stated" | "text" | "unknown";
  /** One sentence for people: where it was read, or why it could not be told. */
  readonly detail: string;
}
