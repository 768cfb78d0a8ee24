import type { PlatformLock } from "../../../schema/model/lock.ts";
import { isRuntime } from "../../../schema/runtimes/names.ts";
import { parseRequest, type VersionRequest } from "../../../schema/runtimes/request.ts";

/** What a lock asks for besides the runtimes that omg installs by itself: names, with requests. */
export function toolsIn({ runtimes }: PlatformLock): readonly (readonly [tool: string, request: string])[] {
  return Object.entries(runtimes).filter(([name]) => !isRuntime(name));
}

/** A version, the beginning of one, `latest` or `system`: the other words are those of runtimes. */
export function toolRequest(
  tool: string,
  text: string,
): Extract<VersionRequest, { type: "version" | "latest" | "system" }> | undefined {
  const asked = parseRequest(tool, text);
  return asked?.type === "version" || asked?.type === "latest" || asked?.type === "system" ? asked : undefined;
}
