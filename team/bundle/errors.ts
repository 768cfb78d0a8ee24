import { type ExitName, OmgError } from "../../schema/error.ts";

/** Why a bundle does not count. Its code is one of docs/team-bundles.md. */
export function refusal(code: string, message: string, hint: string, exit: ExitName = "refused"): OmgError {
  return new OmgError({
    code,
    exit,
    message,
    state: "Nothing of it was used, and nothing was changed.",
    hint,
  });
}

export function damaged(reason: string): OmgError {
  return refusal("bundle-damaged", `The bundle is not whole: ${reason}.`, "Have it sent again.");
}
