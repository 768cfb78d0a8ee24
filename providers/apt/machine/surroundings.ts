import { existsSync, readdirSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../../host/disk.ts";
import { readIfPresent } from "../../../host/files.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Step, Transaction } from "../../../schema/model/transaction.ts";
import type { AptConfig } from "./config.ts";

// What happens around a change of packages, and is the machine's own business: the plan names it, and nothing here stops it.

/** Worth knowing before the change: hooks of this machine that run with it, and a /boot that new kernels may not fit into. */
export function notesBefore(
  config: AptConfig,
  steps: readonly Step[],
  artifacts: readonly Artifact[],
): readonly string[] {
  if (!steps.some(({ kind }) => kind !== "modify")) return [];
  return [...hookNotes(config), ...bootNotes(config, kernelsIn(steps, artifacts))];
}

/** Worth knowing afterwards: a restart that is due, and programs that go on with what was replaced. */
export function notesAfter(config: AptConfig, { steps }: Pick<Transaction, "steps">): readonly string[] {
  return [...restartNotes(config), ...(steps.some(replacesLibrary) ? [programsNote(config)] : [])];
}

/** apt.conf(5): what apt starts around dpkg. omg's own check is added to these for one run, and is not among them. */
const HOOKS = ["DPkg::Pre-Invoke", "DPkg::Pre-Install-Pkgs", "DPkg::Post-Invoke"];
const LONGEST = 80;

function hookNotes({ hooks }: AptConfig): readonly string[] {
  const named = HOOKS.flatMap((hook) => (hooks[hook] ?? []).map((command) => `${shortened(command)} (${hook})`));
  return named.length === 0 ? [] : [`This machine's own hooks of apt run along: ${named.join("; ")}`];
}

function shortened(command: string): string {
  const text = command.replace(/\s+/g, " ").trim();
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

/** `linux-image-6.1.0-18-amd64`; not the empty packages that only follow the newest one. */
const KERNEL = /^linux-image-(?:unsigned-)?\d/;

function kernelsIn(steps: readonly Step[], artifacts: readonly Artifact[]): readonly Artifact[] {
  const coming = new Set(
    steps.filter(({ before, after }) => before === null && after !== null).map(({ name }) => name),
  );
  return artifacts.filter(({ name, role }) => role === "install" && coming.has(name) && KERNEL.test(name));
}

/**
 * A new kernel whose files do not fit leaves a machine that may not start. What one takes is what the largest present one takes
 * in a /boot of its own; otherwise, and where there is none yet, all that the package says it takes. No exact numbers: a saved
 * plan would be stale with every byte.
 */
function bootNotes({ dpkgRoot }: AptConfig, kernels: readonly Artifact[]): readonly string[] {
  const boot = join(dpkgRoot, "boot");
  if (kernels.length === 0 || !existsSync(boot)) return [];
  const own = statSync(boot).dev !== statSync(dpkgRoot).dev;
  const present = own ? largestKernel(boot) : 0;
  const needed = kernels.reduce((sum, kernel) => sum + (present || installedSize(kernel)), 0);
  const { bavail, bsize } = statfsSync(boot);
  if (needed <= bavail * bsize) return [];
  const names = kernels.map(({ name }) => name).join(", ");
  return [`/boot may be too full for ${names}: about ${megabytes(needed)} MB are needed, and less is free there.`];
}

function largestKernel(boot: string): number {
  const sizes = new Map<string, number>();
  for (const name of namesIn(boot)) {
    const release = /^(?:vmlinuz|initrd\.img|System\.map|config)-(.+)$/.exec(name)?.[1];
    const facts = release === undefined ? undefined : statSync(join(boot, name), { throwIfNoEntry: false });
    if (release !== undefined) sizes.set(release, (sizes.get(release) ?? 0) + (facts?.size ?? 0));
  }
  return Math.max(0, ...sizes.values());
}

/** Empty where only root may look. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (fault) {
    if (errnoOf(fault) === "EACCES") return [];
    throw fault;
  }
}

/** Bytes; the field counts in KiB (deb-control(5)). */
function installedSize({ control = "" }: Artifact): number {
  return Number(/^Installed-Size: (\d+)$/im.exec(control)?.[1] ?? 0) * 1024;
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}

/** What packages ask for through update-notifier's convention: a file, and beside it the names of those that want it. */
function restartNotes({ dpkgRoot }: AptConfig): readonly string[] {
  const path = join(dpkgRoot, "run/reboot-required");
  if (!existsSync(path)) return [];
  const names = [...new Set((textOf(`${path}.pkgs`) ?? "").split("\n").filter((name) => name !== ""))].sort();
  const because = names.length === 0 ? "" : `, because of ${names.join(", ")}`;
  return [`This machine asks to be restarted${because} (/run/reboot-required).`];
}

function textOf(path: string): string | undefined {
  try {
    return readIfPresent(path)?.toString("utf8");
  } catch (fault) {
    if (errnoOf(fault) === "EACCES") return undefined;
    throw fault;
  }
}

function replacesLibrary({ name, kind, before }: Step): boolean {
  return (
    before !== null && name.startsWith("lib") && (kind === "upgrade" || kind === "downgrade" || kind === "reinstall")
  );
}

function programsNote({ dpkgRoot }: AptConfig): string {
  const running = "Programs that are running go on with the libraries that were replaced until they are started anew";
  return existsSync(join(dpkgRoot, "usr/sbin/needrestart"))
    ? `${running}; \`needrestart\` names them.`
    : `${running}; needrestart, which would name them, is not installed.`;
}
