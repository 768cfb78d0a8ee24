import type { OmgError } from "../schema/error.ts";

/** Why something did not come about, as errors say it: what happened, what is true, what to do. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly details: readonly string[];
  readonly state: string | undefined;
  readonly hint: string | undefined;
}

export function problemOf({ code, message, details, state, hint }: OmgError): Problem {
  return { code, message, details: details.slice(0, 8), state, hint };
}
