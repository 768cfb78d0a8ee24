import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { readAptConfig } from "../../../../providers/apt/machine/config.ts";
import { readTargets } from "../../../../providers/apt/sources/targets.ts";
import { type AptLab, createAptLab, LAB_NEEDS } from "../../../support/apt-lab.ts";
import { needs } from "../../../support/needs.ts";

describe.runIf(needs(...LAB_NEEDS))("indexes that were never fetched", () => {
  let lab: AptLab;
  afterEach(() => lab.dispose());
  const unfetched = async () => (await readTargets(await readAptConfig(lab.env))).unfetched;

  test("an empty one is none, however apt keeps it", async () => {
    const native = { name: "omg-native", version: "1.0", arch: "amd64" };
    lab = await createAptLab({ packages: [native], foreign: ["i386"] });
    const lists = join(lab.root, "var/lib/apt/lists");
    const release = readdirSync(lists).find((name) => name.endsWith("_InRelease")) ?? "";
    expect(readFileSync(join(lists, release), "utf8")).toMatch(/ 0 main\/binary-i386\/Packages$/m);
    expect(await unfetched()).toEqual([]);
  });

  test("one of an architecture that its source does not have is none", async () => {
    lab = await createAptLab({ conf: 'APT::Architectures:: "i386";' });
    const source = join(lab.root, "etc/apt/sources.list.d/omg.sources");
    writeFileSync(source, readFileSync(source, "utf8").replace("Architectures: amd64", "Architectures: amd64 i386"));
    expect(await lab.aptOk("indextargets", "--no-release-info", "-o", "Dir::State::lists=/nonexistent/")).toContain(
      "binary-i386",
    );
    expect(await unfetched()).toEqual([]);
  });

  test("one that the release file lists and the disk does not have is named", async () => {
    lab = await createAptLab({ foreign: ["i386"] });
    const list = (await readTargets(await readAptConfig(lab.env))).fetched.find(({ arch }) => arch === "i386");
    renameSync(list?.file ?? "", join(lab.folder, "away"));
    expect(await unfetched()).toEqual([`file:${lab.repo.path}/ main/binary-i386/Packages`]);
  });
});
