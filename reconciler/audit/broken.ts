import { OmgError } from "../../schema/error.ts";

/** A log that omg does not go on with. */
export function brokenLog(message: string): OmgError {
  return new OmgError({
    code: "log-broken",
    exit: "error",
    message,
    state: "Nothing was done: without its log omg does nothing.",
    hint: "Look at it with `omg audit verify`. If you know why it changed, move the log, its head and its key away together; the next run starts a new one.",
  });
}
