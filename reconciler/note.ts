import type { Entry, EventName } from "./log.ts";
import type { ScopeWorld, World } from "./world.ts";

/** A line in the scope's log, in the name of whoever runs this. */
export function note(
  world: Pick<World, "actor" | "host">,
  scope: Pick<ScopeWorld, "log">,
  event: EventName,
  subject: string,
  data: Entry["data"],
): Entry {
  return scope.log.append({ actor: world.actor, host: world.host, event, subject, data });
}
