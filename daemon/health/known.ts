import { OmgError } from "../../schema/error.ts";

/** @throws OmgError `health-unknown` for names that config.toml does not have */
export function refuseUnknown(names: readonly string[], known: readonly string[], file: string): void {
  const missing = names.filter((name) => !known.includes(name));
  if (missing.length === 0) return;
  const [what, verb] = missing.length === 1 ? ["a health check", "is"] : ["health checks", "are"];
  throw new OmgError({
    code: "health-unknown",
    exit: "invalid",
    message: `The lock names ${what} (${missing.join(", ")}) that ${verb} not in ${file}.`,
    state: "Nothing was changed.",
    hint: "Write `[daemon.health.NAME]` and below it `command` into it, or take the name out of the lock; see docs/daemon.md.",
  });
}
