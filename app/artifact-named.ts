import { providersOf, type ScopeWorld, type World } from "../reconciler/world.ts";
import { OmgError } from "../schema/error.ts";
import type { Artifact } from "../schema/model/artifact.ts";
import type { Change } from "../schema/model/change.ts";
import type { Provider } from "../schema/model/provider.ts";
import type { Step } from "../schema/model/transaction.ts";

/** One package's artifact, with the step that would install it. */
export interface FoundArtifact {
  readonly provider: Provider;
  readonly scope: ScopeWorld;
  readonly artifact: Artifact;
  readonly step: Step;
}

/**
 * The artifact that a package means, by the real solver's answer: of the version that is named, that the lock pins or
 * asks for, that is installed, or that would be installed: the first of these that there is. Changes nothing.
 * @param word `NAME` or `apt.NAME`
 * @throws OmgError with the code of the solver's problem, such as `unknown-name`
 */
export async function artifactNamed(world: World, word: string, version?: string): Promise<FoundArtifact> {
  const { provider, scope } = ownerOf(world, word);
  const name = word.startsWith(`${provider.name}.`) ? word.slice(provider.name.length + 1) : word;
  const observed = await provider.observe();
  const here = observed.resources.get(name);
  const change: Change = {
    address: `${provider.name}.${name}`,
    provider: provider.name,
    name,
    kind: here === undefined ? "install" : "reinstall", // the latter, so that the solver moves what is there, too
    cause: "lock",
    before: here?.attributes ?? null,
    ...versionWanted(world, provider, name, version, here?.attributes.version),
  };
  const transaction = await provider.resolve([change], observed, {
    allowDowngrades: true,
    ownHolds: new Set([name]),
    records: scope.records,
    kept: scope.kept,
  });
  const artifact = transaction.artifacts.find(({ role, address }) => role === "install" && address === change.address);
  const step = transaction.steps.find(({ address }) => address === change.address);
  const [problem] = transaction.problems;
  if (artifact !== undefined && step !== undefined) return { provider, scope, artifact, step };
  throw new OmgError({
    code: problem?.code ?? "unknown-name",
    exit: "error",
    message:
      problem?.message ??
      `Nobody offers ${name}${version === undefined ? "" : ` ${version}`}, and omg has no record of it.`,
    state: "Nothing was changed.",
    hint: problem?.hint ?? "`omg info` shows which versions there are.",
  });
}

function versionWanted(
  world: World,
  { name: provider }: Provider,
  name: string,
  named: string | undefined,
  installed: unknown,
): Pick<Change, "after" | "request" | "from"> {
  const wanted = world.desired
    .flatMap((each) => each.wanted)
    .find((each) => each.provider === provider && each.name === name);
  const version = named ?? wanted?.pin?.version;
  if (version !== undefined) return { after: { version } };
  const asked = wanted?.presence === "present" && wanted.request !== undefined;
  if (asked) return { after: {}, request: wanted.request, ...(wanted.from === undefined ? {} : { from: wanted.from }) };
  return typeof installed === "string" ? { after: { version: installed } } : { after: {}, request: "*" };
}

function ownerOf(world: World, word: string): { readonly provider: Provider; readonly scope: ScopeWorld } {
  const all = providersOf(world).filter(({ provider }) => provider.offers !== undefined);
  const named = all.find(({ provider }) => word.startsWith(`${provider.name}.`));
  const [first] = all;
  if (named !== undefined || first !== undefined) return named ?? (first as (typeof all)[number]);
  throw new OmgError({
    code: "no-provider",
    exit: "error",
    message: "This machine has no package manager that omg knows.",
    state: "Nothing was changed.",
  });
}
