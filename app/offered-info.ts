import type { InventoryItem, Offers, PackageFacts } from "../schema/model/inventory.ts";
import type { PackageInfo } from "./answers.ts";

/** What `omg info` says of a package that is not here, in no lock, and of which omg has no record. */
export function offeredInfo(name: string, provider: string, offered: Offers): PackageInfo {
  return { name, provider, ...described(undefined, offered), ...bySources(offered) };
}

export function bySources(offered: Offers | undefined): Pick<PackageInfo, "versions" | "providers"> {
  return {
    versions: (offered?.versions ?? []).map(({ facts: _, ...version }) => version),
    providers: offered?.providers ?? [],
  };
}

/** What the sources say of the version that one would get, or of the newest; undefined where they say nothing. */
export function factsIn(offered: Offers | undefined): PackageFacts | undefined {
  const { candidate, versions = [] } = offered ?? {};
  return (versions.find(({ version }) => version === candidate) ?? versions[0])?.facts;
}

type Described = Omit<PackageInfo, "name" | "provider" | "versions" | "providers">;

/** By the candidate's words, which is what one would get; by the machine's where no source has any version. */
export function described(item: InventoryItem | undefined, offered: Offers | undefined): Described {
  const candidate = offered?.candidate;
  const facts = factsIn(offered);
  const state = item === undefined ? {} : { installed: item.version, requested: item.requested, held: item.held };
  const chosen = candidate === undefined ? {} : { candidate };
  if (facts !== undefined) return { ...state, ...facts, ...chosen };
  const kinds = new Set(item?.needs.map(({ kind }) => kind));
  const textOf = (wanted: string) =>
    item?.needs
      .filter(({ kind }) => kind === wanted)
      .map(({ text }) => text)
      .join(", ") ?? "";
  return {
    ...state,
    summary: item?.summary ?? "",
    section: item?.section ?? "",
    ...(item?.size !== undefined && { size: item.size }),
    relations: [...kinds].map((kind) => ({ kind, text: textOf(kind) })),
    ...chosen,
  };
}
