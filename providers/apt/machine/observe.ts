import type { Health, Observed, ObservedResource } from "../../../schema/model/resource.ts";
import type { AptConfig } from "./config.ts";
import { readAutoMarks } from "./extended-states.ts";
import { type Protection, protectedReason } from "./protection.ts";
import { type InstalledPackage, isInstalled, type PackageState, readStatus } from "./status.ts";

/** Everything that dpkg and apt remember of this machine's packages. */
export interface AptState {
  readonly config: AptConfig;
  readonly packages: ReadonlyMap<string, InstalledPackage>;
  /** Keys of packages that came along as dependencies. */
  readonly auto: ReadonlySet<string>;
  /** Files of dpkg's journal that a run left behind. */
  readonly journal: readonly string[];
}

const UNFINISHED: Readonly<Record<PackageState, string | undefined>> = {
  "not-installed": undefined,
  "config-files": undefined,
  installed: undefined,
  "half-installed": "its installation or removal was begun and not completed",
  unpacked: "it is unpacked and not configured",
  "half-configured": "its configuration was begun and failed or was interrupted",
  "triggers-awaited": "it waits for triggers of other packages to run",
  "triggers-pending": "its own triggers have not run yet",
};

/** Reads the files; about 15 ms for a usual machine. Errors: those of `readStatus`; system errors pass. */
export function readAptState(config: AptConfig): AptState {
  return { config, ...readStatus(config), auto: readAutoMarks(config) };
}

/** The machine's packages as resources. `updates` and `orphans` are not counted: the lists were not read. Pure. */
export function observedFrom(state: AptState, protection: Protection): Observed {
  const all = [...state.packages.values()];
  const installed = all.filter(isInstalled);
  return {
    provider: "apt",
    resources: new Map(all.map((found) => [found.key, resourceOf(found, state, protection)])),
    interrupted: interruptedIn(state),
    counts: { total: installed.length, explicit: installed.filter(({ key }) => !state.auto.has(key)).length },
  };
}

function resourceOf(found: InstalledPackage, { auto }: AptState, protection: Protection): ObservedResource {
  const { health, reason } = healthOf(found);
  const protectedBy = isInstalled(found) ? protectedReason(found, protection) : undefined;
  const isAuto = auto.has(found.key);
  return {
    name: found.key,
    health,
    ...(reason !== undefined && { reason }),
    attributes: { version: found.version, auto: isAuto, hold: found.want === "hold" },
    requested: isInstalled(found) && !isAuto,
    ...(protectedBy !== undefined && { protectedBy }),
  };
}

/** Whether dpkg considers the package whole, and if not, why not. */
function healthOf({ state, reinstallRequired }: InstalledPackage): { health: Health; reason?: string } {
  if (state === "config-files") return { health: "residual", reason: "removed, and its configuration files are left" };
  const unfinished = UNFINISHED[state];
  if (reinstallRequired) return { health: "needs-repair", reason: "dpkg says that it has to be installed again" };
  return unfinished === undefined ? { health: "installed" } : { health: "needs-repair", reason: unfinished };
}

function interruptedIn({ packages, journal }: AptState): string[] {
  const left =
    journal.length === 0 ? [] : [`dpkg was interrupted: ${journal.length} of its changes are in its journal only`];
  const broken = [...packages.values()].flatMap((found) => {
    const { health, reason } = healthOf(found);
    return health === "needs-repair" ? [`${found.key}: ${reason}`] : [];
  });
  return [...left, ...broken];
}
