import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeLocks } from "../../../schema/files/merge/lock.ts";
import { sourceText } from "../../../schema/files/source-text.ts";
import { parseYaml } from "../../../schema/files/yaml-source.ts";
import "../../support/property-seed.ts";

type Names = Readonly<Record<string, string>>;

/** What a lock says: requests and pins by name. */
interface World {
  readonly packages: Names;
  readonly runtimes: Names;
  readonly pins: Names;
}

const NAME = fc.constantFrom("bash", "curl", "git", "jq", "less", "make", "nodejs", "ripgrep", "vim", "zsh");
const VERSION = fc.constantFrom("*", "1.*", "2.0", "3.1-2", "absent");
const NAMES = fc.dictionary(NAME, VERSION, { maxKeys: 8 });
const WORLD: fc.Arbitrary<World> = fc.record({ packages: NAMES, runtimes: NAMES, pins: NAMES });
const CHANGES = fc.array(
  fc.record({
    section: fc.constantFrom("packages" as const, "runtimes" as const, "pins" as const),
    name: NAME,
    to: fc.option(VERSION, { nil: undefined }),
  }),
  { maxLength: 6 },
);

function changed(
  world: World,
  changes: readonly { section: keyof World; name: string; to: string | undefined }[],
): World {
  const next = { packages: { ...world.packages }, runtimes: { ...world.runtimes }, pins: { ...world.pins } };
  for (const { section, name, to } of changes)
    if (to === undefined) delete next[section][name];
    else next[section][name] = to;
  return next;
}

/** `style`: how a person writes it. */
function textOf({ packages, runtimes, pins }: World, style: number): string {
  const sorted = (names: Names, indent: string, write: (value: string) => string) =>
    Object.entries(names)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${indent}${name}: ${write(value)}\n`)
      .join("");
  const flow = (names: Names) =>
    ` { ${Object.entries(names)
      .map(([name, value]) => `${name}: "${value}"`)
      .join(", ")} }\n`;
  const section = (key: string, names: Names, indent: string, write: (value: string) => string) =>
    Object.keys(names).length === 0 ? "" : `${key}:\n${sorted(names, indent, write)}`;
  const quoted = (value: string) => `"${value}"`;
  const requests = style === 1 ? `  packages:${flow(packages)}` : section("  packages", packages, "    ", quoted);
  const apt = Object.keys(packages).length === 0 ? "" : `apt:\n${requests}`;
  const pinned = section("apt", pins, "  ", (value) => `{ version: "${value}", sha256: abc } # why`);
  const wanted = section("runtimes", runtimes, "  ", quoted);
  return `# ours\nversion: 1\nname: lab\n${apt}${wanted}---\npins: debian-12-amd64\n${pinned}`;
}

function worldIn(text: string): World {
  const { documents, problems } = parseYaml(sourceText("omg.lock", text));
  expect(problems).toEqual([]);
  const [user, pins] = documents.map(({ value }) => value as Record<string, Record<string, unknown>>);
  const versions = Object.entries((pins?.apt ?? {}) as Record<string, { version: string }>);
  return {
    packages: { ...((user?.apt?.packages ?? {}) as Names) },
    runtimes: { ...((user?.runtimes ?? {}) as Names) },
    pins: Object.fromEntries(versions.map(([name, { version }]) => [name, version])),
  };
}

describe("omg.lock is merged by name", () => {
  it("is what both sides' changes make, whoever merges, and loses no name", () => {
    fc.assert(
      fc.property(WORLD, CHANGES, CHANGES, fc.constantFrom(0, 1), (base, mine, yours, style) => {
        const [a, b] = [changed(base, mine), changed(base, yours)];
        const texts = [base, a, b].map((world) => textOf(world, style));
        const [before = "", ours = "", theirs = ""] = texts;
        const merged = mergeLocks({ base: before, ours, theirs });
        const turned = mergeLocks({ base: before, ours: theirs, theirs: ours });
        if (merged === undefined || turned === undefined) throw new Error("such locks can be merged");
        const differing: string[] = [];
        const expected = { packages: {}, runtimes: {}, pins: {} } as Record<keyof World, Record<string, string>>;
        for (const section of ["packages", "runtimes", "pins"] as const)
          for (const name of new Set([base, a, b].flatMap((world) => Object.keys(world[section])))) {
            const [was, our, their] = [base, a, b].map((world) => world[section][name]);
            const value = our === was ? their : our;
            if (our !== was && their !== was && our !== their) differing.push(name);
            else if (value !== undefined) expected[section][name] = value;
          }
        expect(merged.conflicts.map((path) => path.split(".").at(-1)).sort()).toEqual(differing.sort());
        expect([...turned.conflicts].sort()).toEqual([...merged.conflicts].sort());
        if (differing.length > 0) {
          for (const name of differing) expect(merged.text).toContain(name);
          if (style === 0) expect(merged.text.split("<<<<<<< ours\n")).toHaveLength(differing.length + 1);
        } else {
          expect(worldIn(merged.text)).toEqual(expected);
          expect(worldIn(turned.text)).toEqual(expected);
          expect(merged.text.startsWith("# ours\n")).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  const BASE = 'version: 1\nname: lab\napt:\n  packages:\n    curl: "*" # for scripts\n    git: "*"\n';
  const PINS = '---\npins: debian-12-amd64\napt:\n  curl: { version: "7", sha256: aa }\n';
  const without = (text: string, piece: string) => text.replace(piece, "");

  it.each([
    [
      "a section that only one side has",
      BASE,
      `${BASE}env: { EDITOR: vi }\n`,
      `${BASE}runtimes:\n  node: "20"\naliases:\n  ll: ls -l\n`,
      `${BASE}env: { EDITOR: vi }\naliases:\n  ll: ls -l\nruntimes:\n  node: "20"\n`,
    ],
    ["another platform's pins", BASE, `${BASE}# more\n`, `${BASE}${PINS}`, `${BASE}# more\n${PINS}`],
    ["pins that one side took away", `${BASE}${PINS}`, `# ours\n${BASE}${PINS}`, BASE, `# ours\n${BASE}`],
    [
      "a flow map in a block",
      `${BASE}env: {}\n`,
      BASE.replace("git", "gitk"),
      `${BASE}env: { A: b, C: d }\n`,
      undefined,
    ],
    [
      "the last name of a section",
      BASE,
      without(BASE, '    git: "*"\n'),
      without(BASE, '    curl: "*" # for scripts\n'),
      undefined,
    ],
    [
      "line ends of another system",
      BASE.replaceAll("\n", "\r\n"),
      BASE.replaceAll("\n", "\r\n"),
      BASE.replace("git", "gitk"),
      undefined,
    ],
  ])("%s comes through", (_name, base, ours, theirs, expected) => {
    const merged = mergeLocks({ base, ours, theirs });
    expect(merged?.conflicts).toEqual([]);
    if (expected !== undefined) expect(merged?.text).toBe(expected);
    expect(parseYaml(sourceText("omg.lock", merged?.text ?? "")).problems).toEqual([]);
  });

  it("keeps what both wrote around the names, where a merge by lines says the same, and only there", () => {
    const theirs = BASE.replace("# for scripts", "# for the scripts");
    const ours = BASE.replace("git", "gitk");
    const lines = ours.replace("# for scripts", "# for the scripts");
    expect(mergeLocks({ base: BASE, ours, theirs, lines })).toEqual({ text: lines, conflicts: [] });
    const wrong = lines.replace("curl", "curly");
    expect(mergeLocks({ base: BASE, ours, theirs, lines: wrong })).toEqual({ text: ours, conflicts: [] });
  });

  it("is none where one of them is no YAML", () => {
    expect(mergeLocks({ base: BASE, ours: BASE, theirs: "a: [" })).toBeUndefined();
    expect(mergeLocks({ base: BASE, ours: "- a\n", theirs: BASE })).toBeUndefined();
  });

  it("takes hundreds of pins", () => {
    const pins = (version: (index: number) => string) =>
      `${BASE}---\npins: debian-12-amd64\napt:\n${Array.from({ length: 1000 }, (_, index) => `  p${String(index).padStart(4, "0")}: { version: "${version(index)}", sha256: aa }\n`).join("")}`;
    const base = pins(() => "1");
    const merged = mergeLocks({
      base,
      ours: pins((index) => (index % 2 === 0 ? "2" : "1")),
      theirs: pins((index) => (index % 2 === 0 ? "1" : "3")),
    });
    expect(merged).toEqual({ text: pins((index) => (index % 2 === 0 ? "2" : "3")), conflicts: [] });
  });
});
