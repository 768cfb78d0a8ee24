import { canonical } from "../../../host/canonical-json.ts";
import type { PlatformLock } from "../../../schema/model/lock.ts";
import type { AptConfig } from "../machine/config.ts";
import type { SourceChange } from "../sources/overlay-sources.ts";
import { stanzaText } from "../sources/stanza-text.ts";
import { desiredOf } from "./desired.ts";
import { observe } from "./observe.ts";

/**
 * What would have to be added for the machine to have the sources of a lock; undefined where it has them. Errors: those of
 * `observe`.
 */
export function changeForLock(config: AptConfig, lock: PlatformLock): SourceChange | undefined {
  const desired = desiredOf(lock);
  if (desired.wanted.length === 0) return undefined;
  const { resources } = observe(config, desired);
  const missing = desired.wanted.filter(({ name, attributes }) => {
    const found = resources.get(name);
    // What is there and could not be read is not written a second time.
    if (found?.health === "unavailable") return false;
    return found?.health !== "installed" || canonical(found.attributes) !== canonical(attributes);
  });
  if (missing.length === 0) return undefined;
  const add = missing.map(({ name, attributes }) => [name, stanzaText(attributes)] as const);
  return { add: Object.fromEntries(add), remove: [] };
}
