import { lstatSync } from "node:fs";
import { OmgError } from "../schema/error.ts";
import type { Context } from "./context.ts";
import { foreignness } from "./foreign.ts";

/**
 * Refuses a file or folder that somebody else could have written. One that is not there is nobody's.
 * @param power what whoever wrote it could do: "say what runs here"
 * @throws OmgError with this code
 */
export function refuseForeign(ctx: Context, path: string, code: string, power: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  const why = found === undefined ? undefined : foreignness(ctx, found);
  if (why === undefined) return;
  throw new OmgError({
    code,
    exit: "refused",
    message: `${path} ${why}, so whoever wrote it could ${power}.`,
    state: "Nothing was changed.",
    hint: "It should belong to whoever runs omg, and be writable by nobody else.",
  });
}
