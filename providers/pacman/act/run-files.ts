import { join, relative } from "node:path";
import { sha256 } from "../../../host/digest.ts";
import type { Artifact, SignatureDemand } from "../../../schema/model/artifact.ts";
import type { Operation } from "../../../schema/model/transaction.ts";
import { HOOK_REASONS, HOOK_REFUSAL } from "../../../schema/wire/hook.ts";
import { signatureIn } from "../sync/artifact.ts";
import type { Payload } from "./payload.ts";

/** One run of pacman: what it installs, and what has to go in it. */
export interface PacmanRun {
  /** Name of its folder in the workspace. */
  readonly name: string;
  readonly incoming: readonly Artifact[];
  /** Names that go, removed or pushed out. */
  readonly leaving: readonly string[];
}

export function configurationPath(workspace: string, { name }: PacmanRun): string {
  return join(workspace, name, "pacman.conf");
}

export function packagePath(workspace: string, { name }: PacmanRun, { filename }: Artifact): string {
  return join(workspace, name, "packages", filename);
}

/**
 * Everything that one run of pacman goes by: a configuration without repositories, the verified packages under their own names
 * with their signatures beside them, and hooks that stop it, while it holds its lock, when it is about to use other bytes or to
 * do anything else than planned. All of it lies in `workspace`, which only the run's user can write.
 */
export function runFiles(workspace: string, run: PacmanRun, payload: Payload): readonly Operation[] {
  const folder = join(workspace, run.name);
  const hooks = join(folder, "hooks");
  const inRoot = relative(payload.root, folder);
  const checked = payload.checks && !inRoot.startsWith("..");
  return [
    folders([hooks, join(folder, "packages")]),
    ...run.incoming.flatMap((artifact) => packageFiles(workspace, run, artifact, payload)),
    runConfiguration(workspace, run, payload),
    ...(checked ? checks(folder, `/${inRoot}`, run) : []),
  ];
}

/** The machine's own folders and keys, and the hooks of this run behind its own. */
export function runConfiguration(workspace: string, run: PacmanRun, payload: Payload): Operation {
  const hooks = join(workspace, run.name, "hooks");
  const level = levelFor(run.incoming, payload);
  const lines = ["[options]", payload.options, "NoProgressBar", `HookDir = ${hooks}/`, `LocalFileSigLevel = ${level}`];
  return file("configuration of this run", configurationPath(workspace, run), `${lines.join("\n")}\n`);
}

function packageFiles(
  workspace: string,
  run: PacmanRun,
  artifact: Artifact,
  { demand }: Payload,
): readonly Operation[] {
  const path = packagePath(workspace, run, artifact);
  const { signature } = signatureIn(artifact.control ?? "");
  const wanted = demandOf(artifact, demand).need !== "never" && signature !== undefined;
  return [
    { type: "link", label: `${artifact.name} ${artifact.version}`, path, sha256: artifact.sha256 },
    ...(wanted
      ? [
          {
            type: "write",
            label: "its signature",
            path: `${path}.sig`,
            content: signature,
            encoding: "base64",
            mode: 0o644,
          } as const,
        ]
      : []),
  ];
}

/** As strict as every package of the run allows; policy has decided about those without a signature. */
function levelFor(incoming: readonly Artifact[], { demand }: Payload): string {
  const demands = incoming.map((artifact) => demandOf(artifact, demand));
  if (demands.every(({ need }) => need === "never")) return "Never";
  const signed = incoming.every(
    ({ control }, index) => demands[index]?.need !== "never" && signatureIn(control ?? "").signature !== undefined,
  );
  return `${signed ? "Required" : "Optional"} ${demands.some(({ trustAll }) => trustAll) ? "TrustAll" : "TrustedOnly"}`;
}

function demandOf({ chain }: Artifact, general: SignatureDemand): SignatureDemand {
  return chain.type === "pacman" ? chain.demand : general;
}

/** `seen`: the folder as pacman's hooks see it, from inside of the root. */
function checks(folder: string, seen: string, { incoming, leaving }: PacmanRun): readonly Operation[] {
  const bytes = incoming.map((artifact) => `${artifact.sha256}  ${seen}/packages/${artifact.filename}\n`).join("");
  const comes = sumOfNames(incoming.map(({ name }) => name));
  return [
    file("what the packages must be", join(folder, "bytes.sums"), bytes),
    file("what may come", join(folder, "comes.sums"), comes),
    file("what may go", join(folder, "goes.sums"), sumOfNames(leaving)),
    ...(incoming.length === 0 ? [] : [hook(folder, seen, "bytes", ["Install", "Upgrade"], HOOK_REASONS.bytes)]),
    hook(folder, seen, "comes", ["Install", "Upgrade"], HOOK_REASONS.changes),
    hook(folder, seen, "goes", ["Remove"], HOOK_REASONS.changes),
  ];
}

/** pacman gives a hook the names in order, a line each. */
function sumOfNames(names: readonly string[]): string {
  return `${sha256(
    [...names]
      .sort()
      .map((name) => `${name}\n`)
      .join(""),
  )}  -\n`;
}

/** alpm-hooks(5). Names of hooks are in order before any of the machine's. */
function hook(folder: string, seen: string, name: string, when: readonly string[], reason: string): Operation {
  const refusal = `echo "${HOOK_REFUSAL}, because ${reason}:" >&2; echo "omg:   $said" >&2; exit 1`;
  const command = `said=$(sha256sum -c ${seen}/${name}.sums 2>&1) || { ${refusal}; }`;
  const content = `[Trigger]
${when.map((operation) => `Operation = ${operation}`).join("\n")}
Type = Package
Target = *

[Action]
Description = omg compares what comes with the plan...
When = PreTransaction
Exec = /bin/sh -c '${command}'
AbortOnFail
NeedsTargets
`;
  return file("the last check of this run", join(folder, "hooks", `00-omg-${name}.hook`), content);
}

function folders(paths: readonly string[]): Operation {
  return {
    type: "exec",
    label: "folders of this run",
    file: "/bin/mkdir",
    args: ["-p", "--", ...paths],
    env: {},
    show: false,
  };
}

function file(label: string, path: string, content: string): Operation {
  return { type: "write", label, path, content, mode: 0o644 };
}
