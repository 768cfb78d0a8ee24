import { OmgError } from "../../schema/error.ts";
import type { Desired, Wanted } from "../../schema/model/desired.ts";
import type { PlatformLock } from "../../schema/model/lock.ts";
import type { Runtime } from "../../schema/runtimes/names.ts";
import { parseRequest } from "../../schema/runtimes/request.ts";

/**
 * The one version that the lock is about: the pinned one, or the request itself where nothing is pinned for this platform. Of the
 * user's own lock, it is also the one that holds everywhere.
 * @throws OmgError `request-invalid`
 */
export function desiredOf(runtime: Runtime, lock: PlatformLock): Desired {
  const request = lock.runtimes[runtime];
  const base = { provider: runtime, unmanaged: { mode: "ignore", foreign: "report", ignore: [] } as const };
  if (request === undefined) {
    return { ...base, wanted: [], ...(lock.speaksOfRuntimes === true ? {} : { silent: true }), notes: [] };
  }
  const asked = parseRequest(runtime, request);
  if (asked === undefined) throw invalid(runtime, request, lock.path);
  if (asked.type === "system")
    return { ...base, wanted: [], notes: [`${runtime}: the lock asks for the system's own, which omg leaves alone.`] };
  return { ...base, wanted: [wantedBy(runtime, request, lock)], notes: [] };
}

function wantedBy(runtime: Runtime, request: string, lock: PlatformLock): Wanted {
  const entry = lock.pins.runtimes?.[runtime];
  return {
    provider: runtime,
    name: entry?.version ?? request,
    presence: "present",
    request,
    attributes: lock.own ? { current: true } : {},
    ...(entry === undefined
      ? {}
      : {
          pin: {
            version: entry.version,
            ...(entry.sha256 === undefined ? {} : { sha256: entry.sha256 }),
            ...(entry.from === undefined ? {} : { from: entry.from }),
          },
        }),
  };
}

function invalid(runtime: Runtime, request: string, path: string): OmgError {
  return new OmgError({
    code: "request-invalid",
    exit: "invalid",
    message: `${path} asks for ${runtime} ${request}, which is no version of it.`,
    state: "Nothing was changed.",
    hint: "Write 20, 20.19.5, latest, or what the runtime's own tool calls its lines: lts, lts/iron, stable.",
  });
}
