import type { Who } from "../context.ts";
import { complaint } from "./complaint.ts";
import { isText } from "./text.ts";

/** A relative one makes omg refuse to run, whichever of its folders it is for. */
const OVERRIDES = ["OMG_CONFIG_DIR", "OMG_DATA_DIR", "OMG_STATE_DIR", "OMG_CACHE_DIR", "OMG_RUNTIME_DIR"];
const SURROUNDINGS = ["XDG_RUNTIME_DIR", "XDG_STATE_HOME", "HOME"];
const OF_USER = ["XDG_CACHE_HOME", "XDG_DATA_HOME"];

const HINT = "Give the whole path, from / on, or leave it unset.";

/**
 * Throws for the first variable that names no folder; for root at work for somebody else none of them counts. `scope`: of what is about to
 * be read; root's own things are in no home.
 */
export function refuseBadVariables({ uid, home, env, elevated }: Who, scope?: "user"): void {
  if (!elevated) refuseEach(env, scope === "user" ? [...SURROUNDINGS, ...OF_USER] : SURROUNDINGS);
  if ((uid !== 0 || scope === "user") && !home.startsWith("/"))
    throw complaint("invalid", "The home folder is not an absolute path.", "Set HOME to the whole path, from / on.");
}

function refuseEach(env: Who["env"], surroundings: readonly string[]): void {
  for (const name of [...OVERRIDES, ...surroundings]) {
    const value = env[name] ?? "";
    if (!isText(value)) throw complaint("invalid", `${name} is not valid UTF-8.`, HINT);
    if (OVERRIDES.includes(name) && value !== "" && !value.startsWith("/"))
      throw complaint("invalid", `${name} is not an absolute path.`, HINT);
  }
}
