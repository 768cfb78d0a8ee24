import { existsSync } from "node:fs";
import type { Operation, Step, Transaction } from "../../../schema/model/transaction.ts";
import { splitFolder } from "../desc.ts";
import { KEYRING } from "../keyring.ts";
import { lockFile } from "../machine/busy.ts";
import type { PacmanState } from "../machine/observe.ts";
import { incompleteAmong } from "./incomplete.ts";
import { installAnew, pacman, reasonOperations, removeStub } from "./operations.ts";
import { payloadOf, readPayload } from "./payload.ts";

export interface RepairInput {
  readonly state: PacmanState;
  /** What our own interrupted run was about to do; absent when it was somebody else's. */
  readonly transaction?: Transaction;
  readonly workspace: string;
}

/**
 * What brings pacman back after a run that was cut off: the lock that nobody holds goes; then what is half there is installed
 * anew from the artifacts of the interrupted transaction, and its files are compared with what pacman remembers of them; then
 * the reasons that it should have set. What somebody else's run left half there stays: only they know what was to come of it.
 */
export async function repairOperations({ state, transaction, workspace }: RepairInput): Promise<readonly Operation[]> {
  const { database } = state.config;
  const unlock: readonly Operation[] = state.staleLock
    ? [{ type: "remove", label: "the lock of a run that is gone", path: lockFile(database) }]
    : [];
  if (transaction === undefined) return unlock;
  const payload = readPayload(payloadOf(state, [], existsSync));
  const half = new Set([
    ...stubNames(state),
    ...(await incompleteAmong(transaction.steps, state)),
    ...unpopulated(transaction.steps, state),
  ]);
  const artifacts = transaction.artifacts.filter(({ role, name }) => role === "install" && half.has(name));
  const mended = new Set(artifacts.map(({ name }) => name));
  const leaving = transaction.steps.filter(({ after }) => after === null).map(({ name }) => name);
  const stubs = payload.stubs.filter((folder) => {
    const name = splitFolder(folder)?.name ?? "";
    return mended.has(name) || leaving.includes(name);
  });
  const anew = { name: "anew", incoming: artifacts, leaving: [] };
  return [
    ...unlock,
    ...stubs.map((folder) => removeStub(payload, folder)),
    ...installAnew(workspace, artifacts, payload),
    ...(artifacts.length === 0
      ? []
      : [pacman("compare their files with pacman's list", workspace, anew, ["-Qk", "--", ...mended], false)]),
    ...reasonOperations(workspace, reasonSteps(transaction.steps, state, mended), payload),
  ];
}

/** Its files are no keys of pacman's before its script has run, and nothing tells whether that came to its end. */
function unpopulated(steps: readonly Step[], { local }: PacmanState): readonly string[] {
  const version = local.packages.get(KEYRING)?.version;
  return steps.some(({ name, after }) => name === KEYRING && after?.version === version) ? [KEYRING] : [];
}

function stubNames({ local }: PacmanState): readonly string[] {
  return local.broken.filter(({ kind }) => kind === "stub").map(({ name }) => name);
}

/** Reasons that belong to what is there: those of the goal where it was reached, otherwise those from before. */
function reasonSteps(steps: readonly Step[], { local }: PacmanState, mended: ReadonlySet<string>): readonly Step[] {
  return steps.flatMap((step) => {
    const found = local.packages.get(step.name);
    const reached = mended.has(step.name) || (found !== undefined && found.version === step.after?.version);
    const after = reached ? step.after : found === undefined ? null : step.before;
    return after === null ? [] : [{ ...step, kind: "modify", after } as const];
  });
}
