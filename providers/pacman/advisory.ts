import type { Platform } from "../../host/platform.ts";
import type { AdvisorySubject } from "../../schema/model/identity.ts";

/** Arch's own repositories, and what they are tried in first. */
const OWN = /^(?:core|extra|multilib|community)(?:-testing|-staging)?$/;

type Named = { readonly name: string; readonly version: string };

/**
 * What Arch's security tracker lists what a repository offers under: the names of its packages, in Arch's own repositories on Arch
 * itself. Another one's build of the same name is another program, and so is that of a distribution which builds anew.
 */
export function advisoryFor(offered: Named, repository: string, platform: Platform): AdvisorySubject | undefined {
  return OWN.test(repository) ? advisoryHere(offered, platform) : undefined;
}

/** For what is installed or kept, of which pacman does not know the repository: as the distribution's own. */
export function advisoryHere({ name, version }: Named, { id }: Platform): AdvisorySubject | undefined {
  return id === "arch" ? { ecosystem: "Arch", name, version } : undefined;
}
