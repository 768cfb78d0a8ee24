import { alpmInfoValues, readAlpmInfo } from "../../host/alpm-info.ts";
import type { Artifact } from "../../schema/model/artifact.ts";
import { Refusal } from "./finding.ts";

/**
 * Whether a package of pacman says of itself that it is the one that is wanted. Its signature vouches for the bytes, under
 * whatever name and version a database lists them: without this, one that nobody signs could offer an old package as a new one.
 * `pacman -S` compares the same; `pacman -U`, which omg goes by, has nothing to compare with.
 * @throws Refusal `artifact-mislabeled`, `unreadable`
 */
export async function refuseMislabeled(
  file: string,
  { name, version, arch }: Pick<Artifact, "name" | "version" | "arch">,
): Promise<void> {
  const info = await readAlpmInfo(file);
  if ("reason" in info) throw new Refusal("unreadable", `What ${file} is could not be read: ${info.reason}.`);
  for (const [field, value] of Object.entries({ pkgname: name, pkgver: version, arch })) {
    const found = alpmInfoValues(info.text, field);
    if (found.length === 1 && found[0] === value) continue;
    const says = found.length === 0 ? "nothing" : found.join(" and ");
    throw new Refusal(
      "artifact-mislabeled",
      `What is listed as ${name} ${version} (${arch}) is another package: it gives ${says} for its ${field}.`,
    );
  }
}
