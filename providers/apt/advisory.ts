import type { Platform } from "../../host/platform.ts";
import type { AdvisorySubject } from "../../schema/model/identity.ts";
import type { ReleaseFacts } from "./sources/release-file.ts";

/** A build's source package, as `Source` names it (deb-control(5)). */
interface Built {
  readonly source: string;
  readonly sourceVersion: string;
}

/**
 * What OSV lists the builds of an archive under: Debian's own only, by the number of the release
 * (ossf.github.io/osv-schema, "Defined ecosystems"). A third party's build of the same name is another program.
 */
export function advisoryFor(built: Built, release: ReleaseFacts): AdvisorySubject | undefined {
  const number = /^[0-9]+/.exec(release.version)?.[0];
  return release.origin === "Debian" && number !== undefined ? subject(built, number) : undefined;
}

/** For what is installed, of which dpkg does not know the archive: as the distribution's own. */
export function advisoryHere(built: Built, { id, versionId }: Platform): AdvisorySubject | undefined {
  return id === "debian" && versionId !== undefined ? subject(built, versionId) : undefined;
}

function subject({ source, sourceVersion }: Built, number: string): AdvisorySubject {
  return { ecosystem: `Debian:${number}`, name: source, version: sourceVersion };
}
