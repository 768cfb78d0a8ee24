import { type ExitName, OmgError } from "../../schema/error.ts";
import type { Problem } from "../problem.ts";

/** A problem that was kept as a value, where nothing goes on without it. */
export function asError({ code, message, details, state, hint }: Problem, exit: ExitName): OmgError {
  return new OmgError({
    code,
    exit,
    message,
    details,
    ...(state === undefined ? {} : { state }),
    ...(hint === undefined ? {} : { hint }),
  });
}
