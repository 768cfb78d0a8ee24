import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Attributes } from "../../../schema/model/resource.ts";
import type { Operation, Step, Transaction } from "../../../schema/model/transaction.ts";
import { bareName, foreignArch, qualified } from "../names.ts";
import type { Expectations, ExpectedConfiguration } from "./expectations.ts";
import { markOperations } from "./marks.ts";
import { configurationPath, type HookProgram, oneShotConfiguration, oneShotFiles, oneShotFolders } from "./one-shot.ts";

export interface Program extends HookProgram {
  /** The whole environment of apt. */
  readonly env: Readonly<Record<string, string>>;
}

/** Name in a transaction's payload: the names of the packages that are only to be configured, with blanks between. */
export const UNPACKED = "unpacked";

/** Names of the configurations of one run: the transaction itself, and the clearing of what removals left behind. */
const CHANGE = "change";
const PURGE = "purge";

/**
 * What carries a transaction out, in order. `configure` is what dpkg may finish on the way. Pure; empty when there is nothing
 * to do.
 */
export function operationsFor(
  transaction: Transaction,
  workspace: string,
  program: Program,
  configure: readonly ExpectedConfiguration[] = [],
): readonly Operation[] {
  const { steps } = transaction;
  if (steps.length === 0) return [];
  const unpacked = unpackedIn(transaction);
  const artifacts = transaction.artifacts.filter(({ name, role }) => role === "install" && !unpacked.has(name));
  const may = [...configure, ...configurations(transaction, unpacked)];
  const named = steps.filter(({ name }) => !unpacked.has(name));
  return [
    oneShotFolders(workspace),
    ...oneShotFiles(workspace, artifacts),
    ...oneShotConfiguration(workspace, CHANGE, { ...expectationsOf(steps, artifacts), configure: may }, program),
    ...(artifacts.length > 0 ? [updateOperation(workspace, program)] : []),
    ...(steps.some(changesPackages) ? [changeOperation(workspace, named, program)] : []),
    ...purgeOperations(workspace, steps, program),
    ...markOperations(steps, configurationPath(workspace, CHANGE), program.env),
  ];
}

/**
 * Names of packages whose files are all there, and which only wait for their scripts: apt finishes them on the way, whatever it
 * is asked for, and fails where it is told to install one of them again.
 */
function unpackedIn({ payload }: Transaction): ReadonlySet<string> {
  return new Set(payload?.[UNPACKED]?.split(" "));
}

function configurations({ artifacts }: Transaction, unpacked: ReadonlySet<string>): readonly ExpectedConfiguration[] {
  return artifacts.flatMap(({ name, arch, version, role }) =>
    role === "install" && unpacked.has(name) ? [{ name: bareName(name), arch, version }] : [],
  );
}

/** Expectations of the run that installs and removes. */
function expectationsOf(
  steps: readonly Step[],
  artifacts: readonly Artifact[],
): Pick<Expectations, "install" | "remove"> {
  const byName = new Map(steps.map((step) => [step.name, step]));
  return {
    install: artifacts.map(({ name, arch, version, sha256 }) => {
      const step = byName.get(name);
      // A broken package is installed again over whatever is there.
      const from = step !== undefined && isBroken(step) ? {} : { from: versionOf(step?.before ?? null) };
      return { name: bareName(name), arch, ...from, to: version, sha256 };
    }),
    remove: steps.filter(removes).map(removalOf),
  };
}

function changeOperation(workspace: string, steps: readonly Step[], { env }: Program): Operation {
  const goes = steps.filter(removes).map((step) => `${qualified(step.name)}-`);
  const comes = steps.filter(mustBeNamed).map((step) => `${qualified(step.name)}+`);
  const flags = [
    "--yes",
    ...(steps.some(goesBack) ? ["--allow-downgrades"] : []),
    ...(steps.some(worksOverHold) ? ["--allow-change-held-packages"] : []),
    ...(steps.some((step) => step.kind === "reinstall") ? ["--reinstall"] : []),
    ...(goes.length === 0 ? ["--no-remove"] : []),
    ...(purgesAtOnce(steps) ? ["--purge"] : []),
  ];
  return aptGet(
    "let apt make the changes",
    workspace,
    CHANGE,
    [...flags, "dist-upgrade", ...comes, ...goes],
    env,
    true,
  );
}

/** A broken package may be of either version. */
function goesBack(step: Step): boolean {
  return step.kind === "downgrade" || isBroken(step);
}

/** Set by a repair: to be installed again, over whatever is there. */
function isBroken(step: Step): boolean {
  return step.kind === "reinstall" && step.before === null;
}

function worksOverHold(step: Step): boolean {
  return step.before?.hold === true || (isBroken(step) && step.after?.hold === true);
}

/** Upgrades and downgrades follow from what the repository offers; naming them would mark them as asked for. */
function mustBeNamed(step: Step): boolean {
  if (step.kind === "install" || step.kind === "reinstall") return true;
  return (step.kind === "upgrade" || step.kind === "downgrade") && step.before?.hold === true;
}

function updateOperation(workspace: string, { env }: Program): Operation {
  return aptGet("read the packages of this run", workspace, CHANGE, ["update"], env, false);
}

/** apt purges either all that it removes or nothing. */
function purgesAtOnce(steps: readonly Step[]): boolean {
  return !steps.some((step) => step.kind === "remove");
}

/**
 * Clears what removals leave: those of earlier days, and, where other packages were only to be removed, those of this run. Of
 * the latter some leave nothing, and then apt does not even know their names any more; the re-read tells the difference.
 */
function purgeOperations(workspace: string, steps: readonly Step[], program: Program): readonly Operation[] {
  const purged = steps.filter((step) => step.kind === "purge");
  const residual = purged.filter((step) => step.before === null);
  const removedNow = purgesAtOnce(steps) ? [] : purged.filter((step) => step.before !== null);
  const single = removedNow.flatMap((step, index) => purge(workspace, `${PURGE}-${index}`, [step], program, true));
  return [...(residual.length > 0 ? purge(workspace, PURGE, residual, program, false) : []), ...single];
}

function purge(
  workspace: string,
  name: string,
  steps: readonly Step[],
  program: Program,
  tolerate: boolean,
): readonly Operation[] {
  const expectations = { install: [], remove: steps.map(removalOf), configure: [] };
  const args = ["--yes", "purge", ...steps.map((step) => qualified(step.name))];
  const operation = aptGet("purge configuration files", workspace, name, args, program.env, !tolerate);
  return [...oneShotConfiguration(workspace, name, expectations, program), { ...operation, tolerate }];
}

function aptGet(
  label: string,
  workspace: string,
  configuration: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  show: boolean,
): Operation & { type: "exec" } {
  const all = ["-c", configurationPath(workspace, configuration), "-q", ...args];
  return { type: "exec", label, file: "/usr/bin/apt-get", args: all, env, show };
}

function changesPackages(step: Step): boolean {
  return step.kind !== "modify" && (step.kind !== "purge" || step.before !== null);
}

/** A purge of what is still installed removes it first. */
function removes(step: Step): boolean {
  return step.kind === "remove" || (step.kind === "purge" && step.before !== null);
}

function removalOf(step: Step): Expectations["remove"][number] {
  const arch = foreignArch(step.name);
  const from = versionOf(step.before);
  return { name: bareName(step.name), ...(from === null ? {} : { from }), ...(arch === undefined ? {} : { arch }) };
}

function versionOf(attributes: Attributes | null): string | null {
  const version = attributes?.version;
  return typeof version === "string" ? version : null;
}
