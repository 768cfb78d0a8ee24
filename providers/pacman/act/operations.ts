import { CLEAN_ENV } from "../../../host/run.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Operation, Step, Transaction } from "../../../schema/model/transaction.ts";
import { splitFolder } from "../desc.ts";
import { KEYRING } from "../keyring.ts";
import { type Payload, readPayload } from "./payload.ts";
import { configurationPath, type PacmanRun, packagePath, runConfiguration, runFiles } from "./run-files.ts";

const PACMAN = "/usr/bin/pacman";
const ENV = { PATH: CLEAN_ENV.PATH ?? "", LC_ALL: "C.UTF-8", HOME: "/root" };
/** What pacman says of a script or a hook that failed, and goes on. */
const FAILED_SCRIPT = {
  line: "error: command failed to execute correctly",
  message:
    "A script of a package, or a hook, failed, which pacman takes for no failure; the end of pacman.log says what it was doing.",
};

/**
 * What carries a transaction out, in order: what is half there is installed anew, then the keys, then everything that comes in
 * one run, then what goes, then the reasons. Pure; empty when there is nothing to do.
 */
export function operationsFor(transaction: Transaction, workspace: string): readonly Operation[] {
  const { steps } = transaction;
  // Without a payload nobody has worked out how: the steps are there to be refused.
  if (steps.length === 0 || transaction.payload === undefined) return [];
  const payload = readPayload(transaction.payload);
  const incoming = transaction.artifacts.filter(({ role }) => role === "install");
  const stubs = stubsOf(steps, payload);
  const broken = incoming.filter(({ name }) => stubs.some((folder) => splitFolder(folder)?.name === name));
  const whole = incoming.filter((artifact) => !broken.includes(artifact));
  const keys = whole.length > 1 ? whole.filter(({ name }) => name === KEYRING) : [];
  const rest = whole.filter((artifact) => !keys.includes(artifact));
  return [
    ...stubs.map((folder) => removeStub(payload, folder)),
    ...installAnew(workspace, broken, payload),
    ...install(workspace, { name: "keyring", incoming: keys, leaving: [] }, payload),
    ...install(workspace, { name: "install", incoming: rest, leaving: payload.conflicts }, payload),
    ...remove(
      workspace,
      "remove",
      steps.filter(({ kind }) => kind === "remove"),
      payload,
    ),
    ...remove(
      workspace,
      "purge",
      steps.filter(({ kind }) => kind === "purge"),
      payload,
    ),
    ...reasonOperations(workspace, steps, payload),
  ];
}

/** Folders of the database that only say that something was begun, of packages that the steps touch. */
function stubsOf(steps: readonly Step[], { stubs }: Payload): readonly string[] {
  const touched = new Set(steps.filter(({ kind }) => kind !== "modify").map(({ name }) => name));
  return stubs.filter((folder) => touched.has(splitFolder(folder)?.name ?? ""));
}

/** pacman stumbles over it, whatever it is asked for. */
export function removeStub({ database }: Pick<Payload, "database">, folder: string): Operation {
  return { type: "remove", label: "the entry of a run that was cut off", path: `${database}local/${folder}` };
}

/** Over the files that the interrupted run had unpacked, and whatever else is still to come that it needs. */
export function installAnew(workspace: string, incoming: readonly Artifact[], payload: Payload): readonly Operation[] {
  const flags = ["--nodeps", "--nodeps", "--overwrite", "*"];
  return install(workspace, { name: "anew", incoming, leaving: [] }, payload, flags);
}

function install(
  workspace: string,
  run: PacmanRun,
  payload: Payload,
  flags: readonly string[] = [],
): readonly Operation[] {
  if (run.incoming.length === 0) return [];
  const files = run.incoming.map((artifact) => packagePath(workspace, run, artifact));
  // 4: yes to removing what cannot live with what comes; the hooks see to it that nothing else goes.
  const asked = run.leaving.length > 0 ? ["--ask", "4"] : [];
  return [
    ...runFiles(workspace, run, payload),
    pacman("let pacman install", workspace, run, [...flags, ...asked, "-U", "--", ...files], true),
  ];
}

function remove(workspace: string, name: string, steps: readonly Step[], payload: Payload): readonly Operation[] {
  const leaving = steps
    .filter(({ before }) => before !== null)
    .map((step) => step.name)
    .filter((each) => !payload.conflicts.includes(each) && !isStub(each, payload));
  if (leaving.length === 0) return [];
  const run: PacmanRun = { name, incoming: [], leaving };
  const flags = name === "purge" ? ["--nosave"] : [];
  return [
    ...runFiles(workspace, run, payload),
    pacman("let pacman remove", workspace, run, ["-R", ...flags, "--", ...leaving], true),
  ];
}

function isStub(name: string, { stubs }: Payload): boolean {
  return stubs.some((folder) => splitFolder(folder)?.name === name);
}

/** pacman takes whatever it is given by name for asked for. */
export function reasonOperations(workspace: string, steps: readonly Step[], payload: Payload): readonly Operation[] {
  const kept = steps.filter(({ after }) => after !== null);
  const groups = [
    ["--asdeps", "mark as dependencies", kept.filter(({ after }) => after?.auto === true)],
    ["--asexplicit", "mark as asked for", kept.filter(({ after }) => after?.auto === false)],
  ] as const;
  const run: PacmanRun = { name: "reasons", incoming: [], leaving: [] };
  const commands = groups.flatMap(([flag, label, members]) =>
    members.length === 0
      ? []
      : [pacman(label, workspace, run, ["-D", flag, "--", ...members.map(({ name }) => name)], false)],
  );
  return commands.length === 0 ? [] : [runConfiguration(workspace, run, payload), ...commands];
}

export function pacman(
  label: string,
  workspace: string,
  run: PacmanRun,
  args: readonly string[],
  show: boolean,
): Operation {
  const common = ["--config", configurationPath(workspace, run), "--noconfirm", "--color", "never"];
  return {
    type: "exec",
    label,
    file: PACMAN,
    args: [...common, ...args],
    env: ENV,
    show,
    ...(show ? { alarm: FAILED_SCRIPT } : {}),
  };
}
