import { purlOf } from "../../host/purl.ts";
import type { AdvisorySubject } from "../../schema/model/identity.ts";
import type { PackageDesc } from "./desc.ts";

/** Arch's own repositories, the older and the unfinished among them. */
const OWN =
  /^(?:core|extra|community|multilib)(?:-testing|-staging)?$|^(?:testing|staging|gnome-unstable|kde-unstable)$/;
/** How packagers of Arch sign what they build. */
const PACKAGER = /@(?:[a-z0-9-]+\.)*archlinux\.org>?$/i;

/**
 * What Arch's security tracker lists a package under: those of its own repositories, and of what is installed, of which pacman does not
 * know where it came from, those that its packagers built. Somebody else's build of the same name is another program. Pure.
 */
export function advisoryOf(
  { name, version, packager = "" }: Pick<PackageDesc, "name" | "version" | "packager">,
  repository = "",
): AdvisorySubject | undefined {
  return OWN.test(repository) || PACKAGER.test(packager) ? { ecosystem: "Arch", name, version } : undefined;
}

/** The package URL of an installed package (purl-spec, type `alpm`); `id`: of os-release. Pure. */
export function alpmPurl({ name, version, arch }: Pick<PackageDesc, "name" | "version" | "arch">, id: string): string {
  return purlOf({ type: "alpm", namespace: id, name: name.toLowerCase(), version, qualifiers: { arch } });
}
