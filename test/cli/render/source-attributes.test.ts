import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arrivingKey, transition } from "../../../cli/render/attributes.ts";
import { keyBlock } from "../../../schema/files/key-block.ts";
import { GpgHome } from "../../support/gpg-home.ts";
import { needs } from "../../support/needs.ts";

describe.runIf(needs("gpg"))("a source in words", () => {
  let gpg: GpgHome;
  let print = "";
  let key = "";
  let renewed = "";
  beforeAll(() => {
    gpg = new GpgHome();
    const at = new Date("2026-01-01");
    print = gpg.makeKey("a", { at, expire: "1y" });
    const block = () =>
      keyBlock(readFileSync(gpg.exportTo(join(gpg.folder, "a.asc"), [print], "armour"), "utf8")) ?? "";
    key = block();
    // gpg would wait for its clock to move on.
    gpg.gpg(new Date("2026-01-02"), ["--passphrase", "", "--quick-set-expire", print, "2y"]);
    renewed = block();
  });
  afterAll(() => gpg.dispose());

  const source = (parts: object = {}) => ({
    types: "deb",
    uris: "https://deb.example.org/debian",
    suites: "stable",
    components: "",
    architectures: "",
    key,
    ...parts,
  });

  it("is where packages come from, and whose signatures it would believe", () => {
    expect(transition(null, source()).after).toBe("https://deb.example.org/debian stable");
    expect(arrivingKey(null, source())).toBe(`key ${print}`);
    expect(arrivingKey(null, source({ key: "/usr/share/keyrings/a.gpg" }))).toBe("key /usr/share/keyrings/a.gpg");
    expect(arrivingKey(null, source({ key: "" }))).toBe("any trusted key");
    expect(arrivingKey(null, source({ key: "-----BEGIN\nno key\n" }))).toBe("key that cannot be read");
    expect([arrivingKey(source(), source()), arrivingKey(source(), null), arrivingKey(null, { version: "1" })]).toEqual(
      ["", "", ""],
    );
  });

  it("shows what changes, and never a key itself", () => {
    expect(transition(source(), source({ components: "main", architectures: "amd64" }))).toEqual({
      before: "no architectures, no components",
      after: "architectures amd64, components main",
    });
    expect(transition(source(), source({ key: "" }))).toEqual({ before: `key ${print}`, after: "any trusted key" });
    expect(transition(source(), source({ key: renewed }))).toEqual({
      before: `key ${print}`,
      after: `key ${print}, another edition`,
    });
  });
});
