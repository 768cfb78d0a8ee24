import { OmgError } from "../../schema/error.ts";
import type { Context } from "../context.ts";

/**
 * In a work tree, git runs what its owner configured: nothing for root behind somebody else.
 * @throws OmgError `elevated`
 */
export function refuseOthers({ elevated, user }: Context): void {
  if (!elevated) return;
  throw new OmgError({
    code: "elevated",
    exit: "error",
    message: "This works in a person's own repository, with the person's own git.",
    state: "Nothing was changed.",
    hint: `Run it as ${user}, without sudo.`,
  });
}
