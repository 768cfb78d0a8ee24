import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { PackageInfo, WhyResult } from "../../../app/answers.ts";
import { infoScreen } from "../../../cli/render/info.ts";
import { explicitScreen, orphansScreen, outdatedScreen } from "../../../cli/render/lists.ts";
import { paint, type Screen } from "../../../cli/render/screen.ts";
import { searchScreen } from "../../../cli/render/search.ts";
import { type Line, width } from "../../../cli/render/segments.ts";
import { sizeScreen } from "../../../cli/render/size.ts";
import { whyScreen } from "../../../cli/render/why.ts";

const screen = (columns: number, parts: Partial<Screen> = {}): Screen => ({
  columns,
  color: false,
  verbose: false,
  now: new Date("2026-11-15T09:00:00Z"),
  ...parts,
});
const PIPE = screen(Number.POSITIVE_INFINITY);
const show = (render: (on: Screen) => Line[], on: Screen) => paint(render(on), on);

const LONG = "a tool that does quite a few things, all of which take many words to tell about";
const LOCK = { request: "7.88.*", pinned: "7.88.1-10+deb12u14", at: { file: "/srv/omg.lock", line: 7, column: 5 } };

const INFO: PackageInfo = {
  name: "curl",
  provider: "apt",
  installed: "7.88.1-10+deb12u14",
  requested: true,
  held: true,
  candidate: "7.88.1-10+deb12u15",
  lock: LOCK,
  ownedBy: "web-team",
  verified: {
    grade: "verified",
    sha256: "ab",
    evidence: [{ check: "signature", verdict: "pass", code: "ok", detail: "", facts: {} }],
  },
  summary: LONG,
  description: `${LONG}\n\n${LONG}`,
  section: "web",
  homepage: "https://curl.se/",
  size: 501_000,
  download: 316_000,
  relations: [
    { kind: "Breaks", text: "nscd (<< 2.36)" },
    { kind: "Depends", text: "libc6 (>= 2.34), libcurl4 (= 7.88.1-10+deb12u15), zlib1g (>= 1:1.1.4)" },
  ],
  versions: [
    {
      version: "7.88.1-10+deb12u15",
      priority: 500,
      installed: false,
      origins: [{ source: "debian-security", suite: "bookworm-security/main", address: "", security: true }],
      phased: 20,
    },
    { version: "7.88.1-10+deb12u14", priority: 100, installed: true, origins: [] },
  ],
  providers: [],
};

const WHY: WhyResult = {
  name: "libssl3",
  installed: "3.0.19-1",
  requested: false,
  lock: LOCK,
  ownedBy: "web-team",
  chains: [
    [{ name: "openssh-client", kind: "Depends" }, { name: "libssl3" }],
    [
      { name: "software-properties-common", kind: "Depends" },
      { name: "python3-software-properties", kind: "Recommends" },
      { name: "libssl3" },
    ],
  ],
  dependents: [{ name: "openssh-client", kind: "Depends", text: "libssl3 (>= 3.0.17)" }],
  orphan: false,
  providers: [],
  wishedBy: [{ name: "vim", kind: "Suggests" }],
};

const OUTDATED = {
  name: "libfreetype6",
  installed: "2.12.1+dfsg-5+deb12u3",
  candidate: "2.12.1+dfsg-5+deb12u4",
  source: "debian, debian-security",
  pinned: "2.12.1+dfsg-5+deb12u2",
  held: true,
  security: true,
  ahead: true,
};

const ALL = {
  search: (on) =>
    searchScreen(
      {
        terms: ["curl"],
        hits: [
          {
            name: "curl",
            provider: "apt",
            version: "7.88",
            summary: LONG,
            section: "web",
            source: "debian",
            installed: "7.87",
          },
        ],
        total: 9,
        nearest: [],
      },
      on,
    ),
  nothing: (on) => searchScreen({ terms: ["crul"], hits: [], total: 0, nearest: ["curl"] }, on),
  info: (on) =>
    infoScreen({ packages: [INFO, INFO], unknown: [{ name: "curle", message: "No curle.", hint: "curl?" }] }, on),
  why: (on) => whyScreen(WHY, on),
  missing: (on) => whyScreen({ ...WHY, installed: undefined, chains: [], dependents: [] } as unknown as WhyResult, on),
  outdated: (on) => outdatedScreen({ packages: [OUTDATED], count: 1 }, on),
  explicit: (on) =>
    explicitScreen(
      {
        packages: [
          { name: "curl", version: "7.88.1", inLock: true },
          { name: "vim", version: "9.0", inLock: false },
        ],
        count: 2,
        lock: "/srv/work/with/a/long/path/omg.lock",
      },
      on,
    ),
  orphans: (on) =>
    orphansScreen({ packages: [{ name: "old", version: "1", size: 4096, summary: LONG }], count: 1, bytes: 4096 }, on),
  size: (on) =>
    sizeScreen(
      {
        packages: [
          { name: "gcc-12", size: 62_000_000, frees: 90_000_000, alsoRemoved: ["gcc", "g++"] },
          { name: "libc6", size: 12_000_000, alsoRemoved: [], refused: "needed by bash (Essential)" },
          { name: "odd", frees: 0, alsoRemoved: [] },
        ],
        count: 715,
        bytes: 5e9,
      },
      on,
    ),
} satisfies Readonly<Record<string, (on: Screen) => Line[]>>;

describe.each(Object.entries(ALL))("the %s screen", (name, render) => {
  it.each([60, 80, 140])("keeps to %i columns", (columns) => {
    for (const verbose of [false, true])
      for (const line of show(render, screen(columns, { verbose })).split("\n"))
        expect(width(line), line).toBeLessThanOrEqual(columns);
  });

  it("has the same words with and without colour, and cuts nothing in a pipe", () => {
    const without = show(render, screen(80));
    const coloured = show(render, screen(80, { color: true }));
    expect(without).not.toContain("\u001b");
    expect(name === "nothing" || coloured.includes("\u001b[")).toBe(true);
    expect(stripVTControlCharacters(coloured)).toBe(without);
    expect(show(render, PIPE)).not.toContain("…");
  });
});

describe("answers in words", () => {
  it("have nothing but packages in a pipe", () => {
    for (const name of ["search", "explicit", "orphans"] as const)
      for (const line of show(ALL[name], PIPE).trimEnd().split("\n")) expect(line).toMatch(/^\S+ +\S/);
    expect(show(ALL.search, PIPE)).not.toContain("--limit");
    expect(show(ALL.search, screen(60))).toMatch(/ a tool that[\w ]*…\n/);
    expect(show(ALL.search, screen(80))).toContain("1 of 9; --limit 9 shows them all");
  });

  it("say why, with the place in the lock and each link of a chain", () => {
    const text = show(ALL.why, PIPE);
    expect(text).toContain("libssl3 3.0.19-1 came along as a dependency.");
    expect(text).toContain("Lock: asked for as 7.88.*, pinned to 7.88.1-10+deb12u14 (/srv/omg.lock:7).");
    expect(text).toContain(
      "software-properties-common -> python3-software-properties (Depends) -> libssl3 (Recommends)",
    );
    expect(show(ALL.why, { ...PIPE, verbose: true })).toMatch(/openssh-client +Depends +libssl3 \(>= 3\.0\.17\)/);
    expect(show((on) => whyScreen({ ...WHY, requested: true }, on), PIPE)).toContain("was asked for by name");
    expect(show((on) => whyScreen({ ...WHY, orphan: true }, on), PIPE)).toContain("nothing needs it any more");
    expect(show(ALL.missing, PIPE)).toContain("the next apply brings it");
  });

  it("leave to -v what few ask about", () => {
    expect(show(ALL.info, PIPE)).not.toMatch(/Breaks|Description/);
    expect(show(ALL.info, { ...PIPE, verbose: true })).toMatch(/Breaks +nscd.*Description/s);
  });

  it("say what stands in the way of an update, and what cannot be removed", () => {
    expect(show(ALL.outdated, PIPE)).toMatch(/security, held, newer than pinned\n/);
    expect(show(ALL.size, PIPE)).toMatch(/ 12 MB +libc6 +needed by bash \(Essential\)/);
    expect(show(ALL.size, PIPE)).toMatch(/unknown +0 B +odd/);
    expect(show(ALL.size, { ...PIPE, verbose: true })).toContain("gcc, g++");
  });

  it("let nothing through that steers a terminal", () => {
    const evil = "\u001b]0;owned\u0007\u001b[2Jx\u202e";
    const info = { ...INFO, name: evil, summary: evil, description: evil, homepage: evil, section: evil };
    const all = [
      show(
        (on) => infoScreen({ packages: [info], unknown: [{ name: evil, message: evil, hint: evil }] }, on),
        screen(80, { verbose: true }),
      ),
      show((on) => whyScreen({ ...WHY, name: evil, chains: [[{ name: evil, kind: evil }, { name: evil }]] }, on), PIPE),
      show((on) => searchScreen({ terms: [evil], hits: [], total: 0, nearest: [evil] }, on), PIPE),
    ];
    for (const text of all) expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
  });
});

describe("what is outdated", () => {
  const row = (pinned: string) => ({
    ...OUTDATED,
    name: "systemd",
    installed: "252.38-1",
    candidate: "252.39-1",
    pinned,
  });
  const shown = (pinned: string) => show((on) => outdatedScreen({ packages: [row(pinned)], count: 1 }, on), screen(80));

  it("names a pin where it says something else than what is installed", () => {
    expect(shown("252.38-1")).not.toContain("PINNED");
    expect(shown("252.37-1")).toMatch(/PINNED[\s\S]*252\.37-1/);
  });
});
