import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPacmanProvider } from "../../../providers/pacman/index.ts";
import { needs } from "../../support/needs.ts";
import { createPacmanLab, PACMAN_NEEDS, type PacmanLab } from "../../support/pacman-lab.ts";
import { NEXT } from "../../support/pacman-universe.ts";

// What is kept between runs has to say what a fresh look says, whatever pacman did in between.
describe.runIf(needs(...PACMAN_NEEDS))("answers that are kept", () => {
  let lab: PacmanLab;
  let cache: string;
  beforeAll(async () => {
    lab = await createPacmanLab();
    cache = mkdtempSync(join(tmpdir(), "omg-kept-"));
  });
  afterAll(async () => {
    rmSync(cache, { recursive: true, force: true });
    await lab.dispose();
  });

  const answers = async (folder?: string) => {
    const databases = join(lab.folder, "none/");
    const provider = createPacmanProvider({ config: lab.config, databases, ...(folder && { cache: folder }) });
    const names = new Set(["omg-app", "omg-lib", "omg-big", "omg-nothing"]);
    return {
      fingerprint: await provider.fingerprint(),
      observed: await provider.observe(),
      inventory: await provider.inventory?.(),
      orphans: await provider.inventory?.({ items: "orphans", orphans: true }),
      newer: await provider.newer?.(),
      offers: await provider.offers?.(names, { facts: false }),
    };
  };

  it.each<[string, () => Promise<unknown>]>([
    ["nothing is installed", async () => undefined],
    ["packages came", () => lab.pacmanOk("-S", "omg-app", "omg-big")],
    ["a reason was changed, and no folder with it", () => lab.pacmanOk("-D", "--asdeps", "omg-big")],
    ["a repository has newer ones", () => lab.offer(NEXT).then(() => lab.pacmanOk("-Sy"))],
    ["pacman.conf ignores one of them", async () => lab.configure({ options: "IgnorePkg = omg-lib" })],
    ["one went", () => lab.pacmanOk("-R", "omg-big")],
    ["it ignores none", async () => lab.configure({ options: "" })],
    ["the whole was upgraded", () => lab.pacmanOk("-Su")],
    ["an entry was edited by hand", async () => editReason(join(lab.root, "var/lib/pacman/local"), "omg-app")],
  ])("are those of a fresh look when %s", async (_, happen) => {
    await happen();
    const fresh = await answers();
    expect(await answers(cache)).toEqual(fresh);
    expect(await answers(cache)).toEqual(fresh);
    expect([...(fresh.newer?.keys() ?? [])]).toEqual(Object.keys(await lab.installed("-u")));
    expect(fresh.orphans?.orphans).toEqual(Object.keys(await lab.installed("-dt")));
  });

  it("are read again while nothing changes, and made anew where they are damaged", async () => {
    const fresh = await answers();
    const kept = readdirSync(cache).filter((name) => name.endsWith(".json"));
    expect(kept.sort()).toEqual([
      "pacman-digests.json",
      "pacman-inventory.json",
      "pacman-listing.json",
      "pacman-observed.json",
      "pacman-orphans.json",
    ]);
    const change = (edit: (text: string) => string) => {
      for (const path of kept.map((name) => join(cache, name)))
        writeFileSync(path, edit(readFileSync(path, "utf8")), { mode: 0o600 });
    };
    change((text) => text.replaceAll("omg-lib", "omg-kept"));
    const again = await answers(cache);
    expect([...again.observed.resources.keys()]).toContain("omg-kept");
    expect([...(again.inventory?.items.keys() ?? [])]).toContain("omg-kept");
    expect(again.offers?.get("omg-lib")?.versions.map(({ origins }) => origins)).toEqual([[]]);
    for (const damaged of ['{"key":', "[]", '{"key":1,"items":{},"lines":"x"}']) {
      change(() => damaged);
      expect(await answers(cache)).toEqual(fresh);
    }
  });
});

/** As a person does it who read that somewhere. */
function editReason(local: string, name: string): void {
  const folder = readdirSync(local).find((each) => each.startsWith(`${name}-`)) ?? "";
  const path = join(local, folder, "desc");
  writeFileSync(path, `${readFileSync(path, "utf8")}%REASON%\n1\n\n`);
}
