import type { Attributes } from "../../../schema/model/resource.ts";
import type { Operation, Step, Transaction } from "../../../schema/model/transaction.ts";
import type { AptConfig } from "../machine/config.ts";
import { awaitsScripts, type InstalledPackage } from "../machine/status.ts";
import type { ExpectedConfiguration } from "./expectations.ts";
import { operationsFor, type Program } from "./operations.ts";

export interface RepairInput {
  readonly config: AptConfig;
  /** Packages as dpkg's database has them now, by key. */
  readonly packages: ReadonlyMap<string, InstalledPackage>;
  /** Whether dpkg says that a run of it was interrupted. */
  readonly interrupted: boolean;
  /** What our own interrupted run was about to do; absent when it was somebody else's. */
  readonly transaction?: Transaction;
  readonly workspace: string;
}

/**
 * What brings dpkg back after a run that was cut off: first whatever dpkg can finish by itself, then the packages whose files
 * are half there, from the artifacts of the interrupted transaction, then the marks and holds that it should have set (or,
 * on what it had not reached, those from before). A script that fails again is not an error of the repair: the package stays
 * as it is, and the next look at the machine says so.
 */
export function repairOperations(input: RepairInput, program: Program): readonly Operation[] {
  const steps = (input.transaction?.steps ?? []).flatMap((step) => remaining(step, input.packages.get(step.name)));
  const needed = new Set(steps.filter((step) => step.kind === "reinstall").map((step) => step.name));
  const rest: Transaction = {
    provider: "apt",
    steps,
    artifacts: (input.transaction?.artifacts ?? []).filter(
      (artifact) => artifact.role === "install" && needed.has(artifact.name),
    ),
    problems: [],
    notes: [],
  };
  return [
    ...(input.interrupted ? [configureAll(input.config, program)] : []),
    ...operationsFor(rest, input.workspace, program, unfinished(input.packages)),
  ];
}

/** dpkg(1), `--configure --pending`, in the root and with the options that apt would use. */
function configureAll({ paths, dpkgOptions }: AptConfig, { env }: Program): Operation {
  const args = [...dpkgOptions, "--force-confdef", "--force-confold", "--configure", "--pending"];
  return {
    type: "exec",
    label: "let dpkg finish what was interrupted",
    file: paths.dpkg,
    args,
    env,
    show: true,
    tolerate: true,
  };
}

/** What apt will have configured on the way, because it waits for a package that has to be installed again first. */
function unfinished(packages: RepairInput["packages"]): readonly ExpectedConfiguration[] {
  return [...packages.values()].filter(awaitsScripts).map(({ name, arch, version }) => ({ name, arch, version }));
}

/** What is left to do of a step, for the package as it is now. */
function remaining(step: Step, found: InstalledPackage | undefined): readonly Step[] {
  const broken = found !== undefined && (found.state === "half-installed" || found.reinstallRequired);
  const here: Attributes | null = found === undefined ? null : { version: found.version };
  if (step.after === null) return broken || isLeaving(found) ? [{ ...step, kind: "remove", before: here }] : [];
  if (broken) return [{ ...step, kind: "reinstall", before: null }];
  const marks = marksFor(step, found);
  return marks === null ? [] : [{ ...step, kind: "modify", before: marks.before, after: marks.after }];
}

/** On its way out: dpkg configures nothing that it was told to remove. */
function isLeaving(found: InstalledPackage | undefined): boolean {
  if (found === undefined || found.state === "config-files") return false;
  return found.want === "deinstall" || found.want === "purge";
}

/** The marks that belong to the version that is there: those of the goal where it was reached, otherwise those from before. */
function marksFor(step: Step, found: InstalledPackage | undefined): { before: Attributes; after: Attributes } | null {
  if (found === undefined || found.state === "config-files") return null;
  const reached = found.version === step.after?.version;
  const after = reached ? step.after : step.before;
  return after === null ? null : { before: { hold: found.want === "hold" }, after };
}
