import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AptConfig } from "../../../../providers/apt/machine/config.ts";
import { captureSources } from "../../../../providers/apt/source-files/capture.ts";
import { desiredOf } from "../../../../providers/apt/source-files/desired.ts";
import { observe } from "../../../../providers/apt/source-files/observe.ts";
import { resolve } from "../../../../providers/apt/source-files/resolve.ts";
import { fileText } from "../../../../providers/apt/source-files/source-file.ts";
import { newLock } from "../../../../schema/files/new-lock.ts";
import type { Desired } from "../../../../schema/model/desired.ts";
import type { SourceRequest } from "../../../../schema/model/lock.ts";
import { load } from "../../../schema/files/locks.ts";
import { GpgHome } from "../../../support/gpg-home.ts";
import { needs } from "../../../support/needs.ts";

const ASKED: SourceRequest = {
  types: ["deb"],
  uris: ["http://deb.example.org/debian"],
  suites: ["a", "b"],
  components: ["main", "free"],
  architectures: [],
  key: "",
};

describe.runIf(needs("gpg"))("sources on a machine", () => {
  let root: string;
  let config: AptConfig;
  let key: string;
  let other: string;
  let keyring: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "omg-sources-"));
    const gpg = new GpgHome();
    const [one, two] = ["one", "two"].map((name) => gpg.makeKey(name, { at: new Date() }));
    key = readFileSync(gpg.exportTo(join(root, "one.asc"), [one ?? ""], "armour"), "utf8");
    other = readFileSync(gpg.exportTo(join(root, "two.asc"), [two ?? ""], "armour"), "utf8");
    keyring = gpg.exportTo(join(root, "one.gpg"), [one ?? ""]);
    gpg.dispose();
    const folder = (name: string) => `${join(root, name)}/`;
    config = {
      architecture: "amd64",
      foreignArchitectures: ["i386"],
      paths: {
        sourceList: join(root, "sources.list"),
        sourceParts: folder("parts"),
        lists: folder("lists"),
        info: folder("info"),
      },
    } as unknown as AptConfig;
    mkdirSync(config.paths.info);
  });
  beforeEach(() => {
    rmSync(join(root, "parts"), { recursive: true, force: true });
    mkdirSync(join(root, "parts"));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const desired = (source: SourceRequest, name = "x"): Desired => desiredIn({ [name]: source });
  const desiredIn = (sources: Readonly<Record<string, SourceRequest>>): Desired =>
    desiredOf(load(newLock({ name: "lab", sections: { apt: {} }, sources })));
  const write = (name: string, text: string) => writeFileSync(join(root, "parts", name), text);
  const seen = (wanted?: Desired) => [...observe(config, wanted).resources.values()];
  const names = (wanted?: Desired) => seen(wanted).map(({ name }) => name);
  const oneLine = (options = "", suites = ["a", "b"]) =>
    suites.map((suite) => `deb ${options}http://deb.example.org/debian/ ${suite} free main\n`).join("");

  it("go by their files, and none of omg's names can be one of theirs", () => {
    write("debian.sources", "Types: deb\nURIs: http://h/\nSuites: a\nComponents: main\n");
    write("two.list", oneLine());
    expect(names()).toEqual(["debian.sources", "two.list", "two.list:2"]);
  });

  it("are what is asked for, however many entries of other hands they come from, in whatever order", () => {
    const places = ["a", "b"].flatMap((suite) =>
      ["main", "free"].flatMap((part) => ["amd64", "i386"].map((arch) => [suite, part, arch] as const)),
    );
    fc.assert(
      fc.property(
        fc.shuffledSubarray(places, { minLength: 5 }),
        fc.array(fc.nat(2), { minLength: 8, maxLength: 8 }),
        (some, files) => {
          for (const number of [0, 1, 2]) rmSync(join(root, "parts", `${number}.list`), { force: true });
          for (const number of [0, 1, 2])
            write(
              `${number}.list`,
              some
                .filter((_, index) => files[index] === number)
                .map(([suite, part, arch]) => `deb [arch=${arch}] http://deb.example.org/debian ${suite} ${part}\n`)
                .join(""),
            );
          const found = seen(desired(ASKED)).find(({ name }) => name === "x");
          expect(found !== undefined).toBe(some.length === places.length);
          if (found !== undefined) expect(found.attributes).toEqual(desired(ASKED).wanted[0]?.attributes);
        },
      ),
    );
  });

  it("are told apart by their keys, wherever these lie", () => {
    const asked = desired({ ...ASKED, key });
    const found = (options: string) => {
      write("theirs.list", oneLine(options));
      return names(asked).includes("x");
    };
    expect(found("")).toBe(false);
    expect(found(`[signed-by=${keyring}] `)).toBe(true);
    expect(found(`[signed-by=${join(root, "one.asc")}] `)).toBe(true);
    expect(found(`[signed-by=${join(root, "two.asc")}] `)).toBe(false);
    expect(found(`[signed-by=${join(root, "none.asc")}] `)).toBe(false);
    expect(found(`[signed-by=${keyring},${join(root, "two.asc")}] `)).toBe(false);
    expect(found(`[trusted=yes signed-by=${keyring}] `)).toBe(false);
  });

  it("whose keys cannot be read are neither there nor missing", () => {
    write("theirs.list", oneLine(`[signed-by=${root}] `)); // a folder
    expect(seen(desired({ ...ASKED, key })).find(({ name }) => name === "x")).toMatchObject({
      health: "unavailable",
      reason: expect.stringContaining("EISDIR"),
    });
  });

  it("in omg's files are whole, changed or broken, and never anything in between", () => {
    const asked = desired({ ...ASKED, key });
    const attributes = asked.wanted[0]?.attributes ?? {};
    const text = fileText("x", attributes);
    const found = (content: string, wanted = asked) => {
      write("omg-x.sources", content);
      return seen(wanted).find(({ name }) => name === "x");
    };
    mkdirSync(config.paths.lists, { recursive: true });
    for (const suite of ASKED.suites)
      writeFileSync(join(config.paths.lists, `deb.example.org_debian_dists_${suite}_InRelease`), "");
    expect(found(text)).toMatchObject({ health: "installed", attributes });
    expect(found(text.replace("Suites: a b", "Suites: c"))).toMatchObject({
      health: "installed",
      attributes: { suites: "c" },
    });
    expect(found(text.replace("Suites: a b", "Suites: c"), desired({ ...ASKED, key, suites: ["c"] }))).toMatchObject({
      health: "needs-repair",
      reason: expect.stringMatching(/never fetched: .*debian c$/),
    });
    for (const changed of [
      `${text}Trusted: yes\n`,
      `${text}Enabled: no\n`,
      `${text}\n${text}`,
      `# mine\n${text}`,
      text.replace("Suites: a b", "Suites: b a"),
      "what is this\n",
      "",
    ])
      expect([changed, found(changed)?.health]).toEqual([changed, "needs-repair"]);
    // Another one of omg's files is no reason to leave this one out: that one may go.
    write("omg-y.sources", fileText("y", attributes));
    rmSync(join(root, "parts/omg-x.sources"));
    expect(names(asked)).toEqual(["y"]);
  });

  it("have nowhere to go where apt reads no such folder", () => {
    const nowhere = { ...config, paths: { ...config.paths, sourceParts: "/dev/null" } };
    const change = {
      address: "sources.x",
      provider: "sources",
      name: "x",
      kind: "install",
      cause: "lock",
      before: null,
    } as const;
    const after = desired(ASKED).wanted[0]?.attributes ?? {};
    expect(resolve([{ ...change, after }], observe(nowhere, undefined), nowhere)).toMatchObject({
      steps: [],
      problems: [{ code: "unsupported", address: "sources.x" }],
    });
    expect(resolve([{ ...change, after }], observe(config, undefined), config).problems).toEqual([]);
    expect(() =>
      resolve([{ ...change, after: { ...after, suites: "a\nTrusted: yes" } }], observe(config, undefined), config),
    ).toThrow(expect.objectContaining({ code: "source-invalid", exit: "invalid" }));
  });

  it("are captured so that the capture asks for what is there", () => {
    chmodSync(keyring, 0o644);
    write("theirs.list", `${oneLine(`[signed-by=${keyring}] `)}deb-src http://h/ c/\ndeb http://h/ c/\n`);
    write("Mine Own.list", "ignored\n");
    write(
      "bad.list",
      `deb [signed-by=ABCDEF0123456789] http://h/ x y\ndeb http://me:secret@h/ x y\ndeb cdrom:[Disc]/ x y\n`,
    );
    write("off.sources", "Types: deb\nURIs: http://h/\nSuites: a\nComponents: main\nEnabled: no\n");
    const { sources, notes } = captureSources(config);
    expect(Object.keys(sources)).toEqual(["theirs", "theirs-2"]);
    expect(sources.theirs).toMatchObject({ suites: ["a", "b"], components: ["free", "main"] });
    expect(sources["theirs-2"]).toMatchObject({ types: ["deb-src", "deb"], suites: ["c/"], components: [], key: "" });
    expect(notes).toHaveLength(3);
    expect(notes.join()).not.toContain("secret");
    const resources = observe(config, desiredIn(sources)).resources;
    for (const name of Object.keys(sources)) expect(resources.get(name)?.health).toBe("installed");
    expect(sources.theirs?.key.startsWith("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n")).toBe(true);
    expect(other).not.toBe(key);
  });
});
