import { OmgError } from "../../../schema/error.ts";
import type { PlatformLock } from "../../../schema/model/lock.ts";
import type { ResolveOptions } from "../../../schema/model/provider.ts";
import type { AptConfig } from "../machine/config.ts";
import { changeForLock } from "../source-files/change-for-lock.ts";
import { overlaid } from "./overlay.ts";
import { changedSources, type SourceChange } from "./overlay-sources.ts";
import type { SnapshotAddresses } from "./snapshot-address.ts";
import { snapshotSources } from "./snapshot-sources.ts";
import { snapshotId, timeOf } from "./snapshot-time.ts";
import { upcomingChange } from "./upcoming.ts";

/** What it takes to look at other sources than the machine's. */
export interface Elsewhere {
  /** Where overlays are kept. */
  readonly folder: string;
  /** What config.toml says about snapshot archives; read only when a lock sets a snapshot. */
  readonly snapshots?: () => Promise<SnapshotAddresses>;
}

/**
 * The configuration to work a plan out with: the machine's own, or, where the plan changes its sources or the lock sets a
 * snapshot, an overlay that has these sources already. Errors: those of `overlaid` and `snapshotSources`, `snapshot-future`.
 */
export async function configAsPlanned(
  machine: AptConfig,
  { upcoming = [], settings }: Pick<ResolveOptions, "upcoming" | "settings">,
  elsewhere: Elsewhere,
): Promise<AptConfig> {
  return configWith(machine, upcomingChange(upcoming), settings?.snapshot, elsewhere);
}

/** The same for a lock of which nothing is planned yet. */
export async function configForLock(machine: AptConfig, lock: PlatformLock, elsewhere: Elsewhere): Promise<AptConfig> {
  const written = lock.packages.apt?.snapshot;
  const snapshot = written === undefined ? undefined : snapshotId(written);
  return configWith(machine, changeForLock(machine, lock), snapshot, elsewhere);
}

async function configWith(
  machine: AptConfig,
  change: SourceChange | undefined,
  snapshot: string | undefined,
  { folder, snapshots }: Elsewhere,
): Promise<AptConfig> {
  if (snapshot !== undefined) refuseFuture(snapshot);
  const changed = change === undefined ? machine : await overlaid(machine, changedSources(machine, change), folder);
  if (snapshot === undefined) return changed;
  const { files, archives, lasting } = snapshotSources(changed, snapshot, (await snapshots?.()) ?? {});
  // apt would judge an old release by today; the gate judges it by its own time.
  const config = await overlaid(machine, files, folder, {
    settings: [["Acquire::Check-Valid-Until", "false"]],
    lasting,
  });
  return { ...config, snapshot: { time: timeOf(snapshot).toISOString(), archives } };
}

/** An archive would answer with what it has today, and with something else tomorrow. */
function refuseFuture(id: string): void {
  if (timeOf(id).getTime() <= Date.now()) return;
  throw new OmgError({
    code: "snapshot-future",
    exit: "invalid",
    message: `apt.snapshot is ${id}, which is still to come.`,
    state: "Nothing was changed.",
    hint: "Name a time that has passed.",
  });
}
