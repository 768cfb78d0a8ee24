import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OmgError } from "../../../schema/error.ts";
import { editRequest, type RequestText, requestProblem } from "../../../schema/files/lock-edit.ts";
import { DEBIAN, load } from "./locks.ts";

interface Options {
  readonly includes?: Readonly<Record<string, string>>;
  readonly spellings?: readonly string[];
}

const ANY: RequestText = { presence: "present", version: "*" };

function edit(text: string, name: string, to: RequestText | null, { includes = {}, spellings = [] }: Options = {}) {
  const read = (path: string) => ({ path: `/repo/${path}`, text: includes[path] ?? "" });
  const input = { path: "/repo/omg.lock", text, platform: DEBIAN, read };
  return editRequest(input, { section: "apt", name, spellings, to });
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof OmgError) return error.code;
    throw error;
  }
  return "none";
}

const HEAD = "version: 1\nname: web\n";

describe("a new request", () => {
  test.each([
    ["apt: and packages: where both are missing", HEAD, `${HEAD}apt:\n  packages:\n    bb: "*"\n`],
    [
      "packages: where only that is missing",
      `${HEAD}apt:\n    unmanaged: report # all\nenv: { A: b }\n`,
      `${HEAD}apt:\n    unmanaged: report # all\n    packages:\n      bb: "*"\nenv: { A: b }\n`,
    ],
    [
      "its place in a sorted map, below the line before it",
      `${HEAD}apt:\n  packages:\n    aa: "*" # one\n    # about c\n    cc: "*"\n`,
      `${HEAD}apt:\n  packages:\n    aa: "*" # one\n    bb: "*"\n    # about c\n    cc: "*"\n`,
    ],
    [
      "the first place",
      `${HEAD}apt:\n  packages:\n    cc: "*"\n    dd: "*"\n`,
      `${HEAD}apt:\n  packages:\n    bb: "*"\n    cc: "*"\n    dd: "*"\n`,
    ],
    [
      "the end of one that nobody sorted, before the next section",
      `${HEAD}apt:\n  packages:\n    zz: "*"\n    aa:\n      version: "1" # exact\n      hold: true\n\n  unmanaged: report\n`,
      `${HEAD}apt:\n  packages:\n    zz: "*"\n    aa:\n      version: "1" # exact\n      hold: true\n    bb: "*"\n\n  unmanaged: report\n`,
    ],
    [
      "a line below an empty map",
      `${HEAD}apt:\n  packages: {} # none\n`,
      `${HEAD}apt:\n  packages: # none\n    bb: "*"\n`,
    ],
    ["lines below an empty section", `${HEAD}apt: {}\n`, `${HEAD}apt:\n  packages:\n    bb: "*"\n`],
    [
      "a place within a flow map",
      `${HEAD}apt: { packages: { aa: "*", cc: "*" } } # short\n`,
      `${HEAD}apt: { packages: { aa: "*", bb: "*", cc: "*" } } # short\n`,
    ],
    [
      "a line in a flow map of lines",
      `${HEAD}apt:\n  packages: {\n    aa: "*", # one\n    cc: "*" # two\n  }\n`,
      `${HEAD}apt:\n  packages: {\n    aa: "*", # one\n    cc: "*", # two\n    bb: "*"\n  }\n`,
    ],
    [
      "a section within a document that is a flow map",
      `{ version: 1, name: web, env: {} }\n`,
      `{ version: 1, name: web, env: {}, apt: { packages: { bb: "*" } } }\n`,
    ],
    [
      "the quotes of its neighbours",
      `${HEAD}apt:\n  packages:\n    "aa": '*'\n`,
      `${HEAD}apt:\n  packages:\n    "aa": '*'\n    "bb": '*'\n`,
    ],
    [
      "a line of its own where the last one has no end",
      `${HEAD}apt:\n  packages:\n    aa: "*"`,
      `${HEAD}apt:\n  packages:\n    aa: "*"\n    bb: "*"`,
    ],
    [
      "CRLF where the file has it",
      `version: 1\r\nname: web\r\napt:\r\n  packages:\r\n    aa: "*"\r\n`,
      `version: 1\r\nname: web\r\napt:\r\n  packages:\r\n    aa: "*"\r\n    bb: "*"\r\n`,
    ],
    [
      "the first document without a condition",
      `${HEAD}when: { os: debian }\n---\napt:\n  packages:\n    aa: "*"\n---\nenv: {}\n---\npins: x\n`,
      `${HEAD}when: { os: debian }\n---\napt:\n  packages:\n    aa: "*"\n    bb: "*"\n---\nenv: {}\n---\npins: x\n`,
    ],
    [
      "the first that applies, where all have one",
      `${HEAD}when: { os: arch }\n---\nwhen: { os: debian }\n---\npins: x\n`,
      `${HEAD}when: { os: arch }\n---\nwhen: { os: debian }\napt:\n  packages:\n    bb: "*"\n---\npins: x\n`,
    ],
    [
      "the lines above what follows a block of text",
      `${HEAD}env:\n  A: |\n    x\n    y\n\n# end\n`,
      `${HEAD}env:\n  A: |\n    x\n    y\napt:\n  packages:\n    bb: "*"\n\n# end\n`,
    ],
  ])("gets %s", (_, before, after) => {
    expect(edit(before, "bb", ANY)).toBe(after);
  });

  test("with a source is a map on one line", () => {
    expect(
      edit(`${HEAD}apt:\n  packages:\n    aa: "*"\n`, "bb", { presence: "present", version: "2.*", from: "docker" }),
    ).toBe(`${HEAD}apt:\n  packages:\n    aa: "*"\n    bb: { version: "2.*", from: docker }\n`);
  });

  test("finds no document where none applies", () => {
    expect(codeOf(() => edit(`${HEAD}when: { os: arch }\n`, "bb", ANY))).toBe("no-document");
  });
});

describe("a request that is there", () => {
  const lock = (line: string) => `${HEAD}apt:\n  packages:\n    # about b\n    ${line}\n    cc: "*"\n`;

  test.each([
    ["in its double quotes", 'bb: "*" # why', 'bb: "2.1" # why', { presence: "present", version: "2.1" }],
    ["in its single quotes", "'bb':   '1'", "'bb':   '2.1'", { presence: "present", version: "2.1" }],
    ["without quotes where that is safe", "bb: 1.2-3", "bb: 2.1-4+b1", { presence: "present", version: "2.1-4+b1" }],
    ["with quotes where it is not", "bb: 1.2-3", 'bb: "2.1"', { presence: "present", version: "2.1" }],
    ["to absent", 'bb: "*"  # why', "bb: absent  # why", { presence: "absent" }],
    ["from absent", "bb: absent", 'bb: "*"', { presence: "present" }],
    ["from a map to purged", "bb: { hold: true } # why", "bb: purged # why", { presence: "purged" }],
    [
      "in a map",
      'bb: { version: "*", hold: true }',
      'bb: { version: "2", hold: true }',
      { presence: "present", version: "2" },
    ],
    [
      "into a map that lacks it",
      "bb: { hold: true }",
      'bb: { hold: true, version: "2" }',
      { presence: "present", version: "2" },
    ],
    [
      "to another source",
      "bb: { from: x, hold: true }",
      "bb: { from: docker, hold: true }",
      { presence: "present", from: "docker" },
    ],
    [
      "to a source, its version kept",
      'bb: "2.*"',
      'bb: { version: "2.*", from: docker }',
      { presence: "present", from: "docker" },
    ],
    [
      "in a block map",
      'bb:\n      hold: true # h\n      version: "1" # v',
      'bb:\n      hold: true # h\n      version: "2" # v',
      { presence: "present", version: "2" },
    ],
    ["as it is where nothing is said", "bb: { hold: true }", "bb: { hold: true }", { presence: "present" }],
  ] as const)("changes %s", (_, before, after, to) => {
    expect(edit(lock(before), "bb", to)).toBe(lock(after));
  });

  test("is found in another spelling, and in the document that has the last word", () => {
    const text = (first: string, last: string) =>
      `${HEAD}apt: { packages: { "bb:amd64": "${first}" } }\n---\nwhen: { os: debian }\napt: { packages: { "bb:amd64": "${last}" } }\n---\nwhen: { os: arch }\napt: { packages: { bb: "3" } }\n`;
    expect(edit(text("1", "2"), "bb", { presence: "present", version: "9" }, { spellings: ["bb:amd64"] })).toBe(
      text("1", "9"),
    );
  });

  test("goes from every document that applies, and from no other", () => {
    const text = (one: string, two: string) =>
      `${HEAD}apt: { packages: ${one} }\n---\nwhen: { os: debian }\napt:\n  packages:\n${two}    cc: "*"\n---\nwhen: { os: arch }\napt: { packages: { bb: "3" } }\n`;
    expect(edit(text('{ bb: "1" }', '    bb: "2" # two\n'), "bb", null)).toBe(text("{}", ""));
  });

  test.each([
    ["the only one leaves an empty map", '  packages:\n    # all\n    bb: "*"\n', "  packages: {}\n    # all\n"],
    [
      "a block map goes as a whole",
      '  packages:\n    bb:\n      version: "1" # v\n      hold: true\n    # c\n    cc: "*"\n',
      '  packages:\n    # c\n    cc: "*"\n',
    ],
    ["the last of a flow map", '  packages: { aa: "*", bb: "*" }\n', '  packages: { aa: "*" }\n'],
    ["the first of a flow map", '  packages: { bb: "*", aa: "*" }\n', '  packages: { aa: "*" }\n'],
    [
      "a line of a flow map of lines",
      '  packages: {\n    aa: "*",\n    bb: "*", # b\n    cc: "*"\n  }\n',
      '  packages: {\n    aa: "*",\n    cc: "*"\n  }\n',
    ],
    ["the last line without an end", '  packages:\n    aa: "*"\n    bb: "*"', '  packages:\n    aa: "*"\n'],
  ])("taken out: %s", (_, before, after) => {
    expect(edit(`${HEAD}apt:\n${before}`, "bb", null)).toBe(`${HEAD}apt:\n${after}`);
  });

  test.each([
    ["whose comments would be lost", "bb:\n      hold: true # why\n      version: '1'", { presence: "absent" }],
    ["in an explicit key", '? bb\n    : "*"', null],
    ["in a block of text", "bb: >-\n      1.0", { presence: "present", version: "2" }],
  ] as const)("is refused %s, or changed rightly", (_, line, to) => {
    const text = lock(line);
    const code = codeOf(() => {
      const after = load(edit(text, "bb", to)).packages.apt?.packages;
      expect(after?.bb?.version).toBe(to === null ? undefined : "2");
      expect(after?.cc).toBeDefined();
    });
    expect(["edit-refused", "none"]).toContain(code);
  });

  test("in an included file is named, and left alone", () => {
    const text = `${HEAD}include: [team.lock]\napt: { packages: { aa: "*" } }\n`;
    const includes = { "team.lock": 'apt:\n  packages:\n    bb: "*"\n' };
    expect(codeOf(() => edit(text, "bb", null, { includes }))).toBe("edit-in-include");
    expect(() => edit(text, "bb", { presence: "absent" }, { includes })).toThrow("/repo/team.lock:3");
    expect(edit(text, "cc", ANY, { includes })).toContain('aa: "*", cc: "*"');
  });
});

describe("whatever people write", () => {
  const name = fc.constantFrom("aa", "bb", "bbb", "cc", "libc6:i386", "2048", "no");
  const comment = fc.constantFrom("", " # why", "   # { bb: c }");
  const value = fc.constantFrom('"*"', "'1.2'", "absent", "2.3-4", '{ version: "1", hold: true }', "{ from: x }");
  const item = fc.record({ name, value, comment, above: fc.constantFrom("", "# above", "\n") });
  const items = fc.uniqueArray(item, { selector: (each) => each.name, maxLength: 5 });
  const quotedKey = (key: string) => (/^(?:2048|no)$/.test(key) ? `"${key}"` : key);

  const blockOf = (list: readonly (typeof item extends fc.Arbitrary<infer T> ? T : never)[], indent: string) =>
    list
      .map(
        (each) =>
          `${each.above === "" ? "" : `${indent}${each.above}\n`}${indent}${quotedKey(each.name)}: ${each.value}${each.comment}\n`,
      )
      .join("");
  const packages = fc
    .tuple(items, fc.constantFrom("block", "flow", "lines"), fc.constantFrom("  ", "    "))
    .map(([list, style, indent]) => {
      if (list.length === 0) return `${indent}packages: {}\n`;
      if (style === "block") return `${indent}packages:\n${blockOf(list, `${indent}  `)}`;
      const flat = list.map((each) => `${quotedKey(each.name)}: ${each.value}`);
      if (style === "flow") return `${indent}packages: { ${flat.join(", ")} } # flow\n`;
      return `${indent}packages: {\n${flat.map((each) => `${indent}  ${each},\n`).join("")}${indent}}\n`;
    });
  const text = fc
    .tuple(packages, fc.constantFrom("", "---\nwhen: { os: debian }\nenv: { A: b }\n"), fc.boolean(), fc.boolean())
    .map(([body, more, crlf, tail]) => {
      const whole = `# top\n${HEAD}apt:\n${body}env:\n  X: "1" # x\n${more}---\npins: x\n`;
      const cut = tail ? whole : `# top\n${HEAD}apt:\n${body}`.trimEnd();
      return crlf ? cut.replaceAll("\n", "\r\n") : cut;
    });
  const to = fc.oneof(
    fc.record({ presence: fc.constant("present" as const), version: fc.constantFrom("*", "7.*", "1:2.0-1") }),
    fc.record({
      presence: fc.constant("present" as const),
      version: fc.constant("9"),
      from: fc.constant("debian-security"),
    }),
    fc.record({ presence: fc.constantFrom("absent" as const, "purged" as const) }),
  );
  const commentsOf = (lock: string) => [...lock.matchAll(/# ?[^\r\n]*/g)].map(([found]) => found);

  test("an edit changes that one request, and loses no comment and no line", () => {
    fc.assert(
      fc.property(text, name, to, (before, which, wanted) => {
        const old = load(before).packages.apt?.packages ?? {};
        const after = edit(before, which, wanted);
        const now = load(after).packages.apt?.packages ?? {};
        expect(now[which]).toMatchObject(wanted.presence === "present" ? wanted : { presence: wanted.presence });
        expect({ ...now, [which]: null }).toEqual({ ...old, [which]: null });
        expect(commentsOf(after)).toEqual(commentsOf(before));
        const lines = new Set(after.split(/\r?\n/));
        const lost = before.split(/\r?\n/).filter((line) => !lines.has(line));
        expect(lost.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 400 },
    );
  });

  test("a new request that is taken out again leaves the text as it was, but for an empty map's shape", () => {
    fc.assert(
      fc.property(text, (before) => {
        const added = edit(before, "zz-new", ANY);
        const removed = edit(added, "zz-new", null);
        const even = (lock: string) =>
          lock
            .replace(/packages:(?: \{\})?/, "packages:")
            .trimEnd()
            .replace(/,(\s*\})/, "$1");
        expect(even(removed)).toBe(even(before));
      }),
      { numRuns: 300 },
    );
  });

  test("a request that is taken out is gone, with all else in place", () => {
    fc.assert(
      fc.property(text, name, (before, which) => {
        const { [which]: _gone, ...others } = load(before).packages.apt?.packages ?? {};
        expect({ ...load(edit(before, which, null)).packages.apt?.packages }).toEqual(others);
      }),
      { numRuns: 300 },
    );
  });
});

test("names, versions and sources that no lock takes are known before anything is written", () => {
  expect(requestProblem("apt", { name: "ripgrep", version: "13.*", from: "debian" })).toBeUndefined();
  expect(requestProblem("apt", { name: "Rip grep" })).toContain("is not the name");
  expect(requestProblem("apt", { name: "a-" })).toContain("is not the name");
  expect(requestProblem("apt", { name: "ripgrep", version: "absent" })).toContain("is not a version request");
  expect(requestProblem("apt", { name: "ripgrep", from: "-x" })).toContain("is not the name of a source");
});
