import { type ExitName, OmgError } from "../../schema/error.ts";

/** What happened and what to do next. Nothing from outside is part of it, so nothing in it can steer a terminal. */
export function complaint(exit: ExitName, message: string, hint: string): OmgError {
  return new OmgError({ code: "fast", exit, message, hint });
}
