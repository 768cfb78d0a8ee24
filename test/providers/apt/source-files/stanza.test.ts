import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stanzasOf } from "../../../../host/deb822.ts";
import { keyOf } from "../../../../providers/apt/source-files/keys.ts";
import { fileText, sourceFault } from "../../../../providers/apt/source-files/source-file.ts";
import { listName } from "../../../../providers/apt/sources/list-names.ts";
import { parseSourceStanzas } from "../../../../providers/apt/sources/source-stanzas.ts";
import { attributesOf } from "../../../../providers/apt/sources/stanza-text.ts";
import { keyBlock } from "../../../../schema/files/key-block.ts";
import type { SourceRequest } from "../../../../schema/model/lock.ts";
import { type AptLab, createAptLab, LAB_NEEDS } from "../../../support/apt-lab.ts";
import { GpgHome } from "../../../support/gpg-home.ts";
import { needs } from "../../../support/needs.ts";

const words = (word: fc.Arbitrary<string>, minLength = 1) => fc.uniqueArray(word, { minLength, maxLength: 3 });
const name = fc.stringMatching(/^[a-z][a-z0-9._+~-]{0,8}$/);
const uri = fc
  .tuple(fc.constantFrom("http://deb.example.org", "https://a-b.example.org:8080", "file:"), name, name)
  .map(([host, one, two]) => `${host}/${one}/${two}`);
const component = fc.stringMatching(/^[a-z][a-z0-9._+-]{0,6}$/);
const arch = fc.constantFrom("amd64", "i386");
const common = { uris: words(uri), architectures: words(arch, 0), key: fc.constantFrom("", "block", "path") };
const types = fc.constantFrom(["deb"], ["deb", "deb-src"]);
const source: fc.Arbitrary<SourceRequest> = fc.oneof(
  fc.record({ ...common, types, suites: words(name), components: words(component) }),
  fc.record({ ...common, types, suites: words(name.map((path) => `${path}/`)), components: fc.constant([]) }),
);

describe.runIf(needs(...LAB_NEEDS))("a source as omg writes it, and as the real apt reads it", () => {
  let lab: AptLab;
  let key = "";
  beforeAll(async () => {
    lab = await createAptLab({ packages: [], foreign: ["i386"], skipUpdate: true });
    const gpg = new GpgHome();
    const file = gpg.exportTo(join(gpg.folder, "k.asc"), [gpg.makeKey("k", { at: new Date() })], "armour");
    key = keyBlock(readFileSync(file, "utf8")) ?? "";
    gpg.dispose();
  });
  afterAll(() => lab?.dispose());

  it("is the same source", async () => {
    const parts = join(lab.root, "etc/apt/sources.list.d");
    const keys: Readonly<Record<string, string>> = { "": "", block: key, path: "/usr/share/keyrings/lab.gpg" };
    await fc.assert(
      fc.asyncProperty(source, async (drawn) => {
        const attributes = attributesOf(drawn, keys[drawn.key] ?? "");
        expect(sourceFault(attributes)).toBeUndefined();
        const text = fileText("lab", attributes);
        const [entry, ...more] = parseSourceStanzas(Buffer.from(text), "/lab.sources");
        if (entry === undefined || more.length > 0) throw new Error("it is not one source");
        expect(attributesOf(entry, keyOf(entry.signedBy))).toEqual(attributes);

        rmSync(parts, { recursive: true });
        mkdirSync(parts);
        writeFileSync(join(parts, "omg-lab.sources"), text);
        const seen = stanzasOf(await lab.aptOk("indextargets", "--no-release-info", "Identifier: Packages"));
        const places = seen
          .filter((stanza) => stanza.get("Architecture") !== "all")
          .map((stanza) =>
            ["Repo-URI", "Codename", "Component", "Architecture"].map((field) => stanza.get(field) ?? "").join(" "),
          );
        expect(places.length).toBeGreaterThan(0);
        for (const stanza of seen) {
          const [uri = ""] = drawn.uris.filter((each) => stanza.get("Repo-URI") === `${each}/`);
          const suite = drawn.suites.find((each) => fileOf(stanza.get("Filename")).startsWith(listName(uri, each)));
          expect([uri !== "", suite !== undefined]).toEqual([true, true]);
        }
        const arches = drawn.architectures.length === 0 ? 2 : drawn.architectures.length;
        const lists = drawn.components.length === 0 ? 1 : drawn.components.length * arches;
        expect(places.length).toBe(drawn.uris.length * drawn.suites.length * lists);
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});

function fileOf(path: string | undefined): string {
  return path?.slice(path.lastIndexOf("/") + 1) ?? "";
}
