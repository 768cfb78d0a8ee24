import { OmgError } from "../../../schema/error.ts";
import type { Desired, Wanted } from "../../../schema/model/desired.ts";
import type { PlatformLock } from "../../../schema/model/lock.ts";
import { MISE, toolVersionName } from "../../../schema/runtimes/names.ts";
import { toolRequest, toolsIn } from "./tools.ts";

/**
 * One version of each tool that the lock names: the pinned one, or the request itself where nothing is pinned for this platform.
 * @throws OmgError `request-invalid`
 */
export function desiredOf(lock: PlatformLock): Desired {
  const tools = toolsIn(lock).map(([tool, request]) => ({ tool, request, asked: toolRequest(tool, request) }));
  const odd = tools.find(({ asked }) => asked === undefined);
  if (odd !== undefined) throw invalid(odd.tool, odd.request, lock.path);
  const own = tools.filter(({ asked }) => asked?.type !== "system");
  return {
    provider: MISE,
    wanted: own.map(({ tool, request }) => wantedBy(tool, request, lock)),
    unmanaged: { mode: "ignore", foreign: "report", ignore: [] },
    ...(tools.length > 0 || lock.speaksOfRuntimes === true ? {} : { silent: true }),
    notes: tools
      .filter(({ asked }) => asked?.type === "system")
      .map(({ tool }) => `${tool}: the lock asks for the system's own, which omg leaves alone.`),
  };
}

function wantedBy(tool: string, request: string, lock: PlatformLock): Wanted {
  const { auto: _, ...pin } = lock.pins.runtimes?.[tool] ?? { version: "", auto: false };
  return {
    provider: MISE,
    name: toolVersionName({ tool, version: pin.version || request }),
    presence: "present",
    request,
    attributes: lock.own ? { current: true } : {},
    ...(pin.version === "" ? {} : { pin }),
  };
}

function invalid(tool: string, request: string, path: string): OmgError {
  return new OmgError({
    code: "request-invalid",
    exit: "invalid",
    message: `${path} asks for ${tool} ${request}, which is no version of it.`,
    state: "Nothing was changed.",
    hint: "Write 1.7, 1.7.1 or latest.",
  });
}
