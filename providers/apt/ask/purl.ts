import type { Platform } from "../../../host/platform.ts";
import { purlOf } from "../../../host/purl.ts";

/**
 * The package URL of an installed package (purl-spec, type `deb`). dpkg does not know which archive a package is from, so that the
 * namespace is the distribution that it is installed on; `distro` has the form that scanners read: `debian-12`.
 */
export function debianPurl(
  found: { readonly name: string; readonly version: string; readonly arch: string },
  { id, versionId }: Platform,
): string {
  const distro = versionId === undefined ? id : `${id}-${versionId}`;
  const { name, version, arch } = found;
  return purlOf({ type: "deb", namespace: id, name, version, qualifiers: { arch, distro } });
}
