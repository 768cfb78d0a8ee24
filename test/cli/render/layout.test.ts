import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { paragraph } from "../../../cli/render/paragraph.ts";
import { safe } from "../../../cli/render/safe.ts";
import { columnsOf, paint, wantsColor } from "../../../cli/render/screen.ts";
import { bad, line, plain, shorten, width } from "../../../cli/render/segments.ts";
import { table } from "../../../cli/render/table.ts";
import { ago, count, done, size, toDo, why } from "../../../cli/render/words.ts";

const text = (lines: Parameters<typeof paint>[0]) => paint(lines, { color: false });

describe("shorten", () => {
  it("cuts the middle", () => {
    expect(shorten("libreoffice-core-nogui", 13)).toBe("libreo…-nogui");
  });

  it("never takes more columns than it may, and both ends stay", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.integer({ min: 3, max: 40 }), (word, columns) => {
        expect(width(shorten(word, columns))).toBeLessThanOrEqual(columns);
      }),
    );
    expect(shorten("日本語日本語日本語", 9)).toMatch(/^日本.*語$/);
  });
});

describe("width", () => {
  it("is two for what Unicode calls wide, none for a mark on a letter, one for the rest, up to the first letters of the East", () => {
    for (let code = 0x20; code < 0x4000; code += 1) {
      const shown = String.fromCodePoint(code);
      if (safe(shown) !== shown) continue;
      const wide =
        /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Emoji_Presentation}/u.test(shown);
      const mark = /\p{Mn}|\p{Me}/u.test(shown);
      expect(width(shown), code.toString(16)).toBe(mark ? 0 : wide ? 2 : 1);
    }
  });
});

describe("table", () => {
  const rows = [
    [plain("+"), plain("curl"), plain("7.88.1-10+deb12u14"), plain("lock")],
    [plain("~"), plain("日本"), plain("1.0"), plain("drift")],
  ];

  it("aligns columns by what they take on a screen", () => {
    const lines = text(table(rows, { indent: 2, columns: Number.POSITIVE_INFINITY, flexible: [1, 2] })).split("\n");
    expect(lines[0]).toBe("  +  curl  7.88.1-10+deb12u14  lock");
    expect(lines[1]).toBe("  ~  日本  1.0                 drift");
  });

  it("leaves out columns that are empty in every row", () => {
    const lines = text(table([[plain("a"), plain(""), plain("b")]], { indent: 0, columns: 80, flexible: [] }));
    expect(lines).toBe("a  b\n");
  });

  it("cuts flexible columns on a screen that is too narrow, and never without one", () => {
    const long = [[plain("+"), plain("n".repeat(50)), plain("v".repeat(50))]];
    const narrow = text(table(long, { indent: 2, columns: 60, flexible: [1, 2] })).trimEnd();
    expect(width(narrow)).toBeLessThanOrEqual(60);
    expect(narrow).toContain("…");
    expect(text(table(long, { indent: 2, columns: Number.POSITIVE_INFINITY, flexible: [1, 2] }))).not.toContain("…");
  });
});

describe("paragraph", () => {
  it("hangs under its lead and keeps to the columns", () => {
    const lines = text(paragraph("one two three four five", { lead: line("Next: "), columns: 16 })).split("\n");
    expect(lines).toEqual(["Next: one two", "      three four", "      five", ""]);
  });

  it("never breaks a word", () => {
    const path = `/var/lib/${"x".repeat(60)}`;
    expect(text(paragraph(`see ${path} there`, { lead: [], columns: 40 }))).toContain(path);
  });
});

describe("colour", () => {
  const terminal = { terminal: true, columns: 80, env: { TERM: "xterm" } };

  it.each([
    ["auto", { ...terminal }, true],
    ["auto", { ...terminal, terminal: false }, false],
    ["auto", { ...terminal, env: { TERM: "xterm", NO_COLOR: "1" } }, false],
    ["auto", { ...terminal, env: { TERM: "xterm", NO_COLOR: "" } }, true],
    ["auto", { ...terminal, env: { TERM: "dumb" } }, false],
    ["auto", { ...terminal, terminal: false, env: { CLICOLOR_FORCE: "1" } }, true],
    ["auto", { ...terminal, terminal: false, env: { CLICOLOR_FORCE: "1", NO_COLOR: "1" } }, false],
    ["always", { ...terminal, terminal: false, env: { NO_COLOR: "1" } }, true],
    ["never", { ...terminal }, false],
  ] as const)("%s %j gives %s", (choice, stream, expected) => {
    expect(wantsColor(choice, stream)).toBe(expected);
  });

  it("is the only source of escape codes: those in the text are gone", () => {
    expect(paint([line(bad("x\u001b[1my"))], { color: true })).toBe("\u001b[31mxy\u001b[39m\n");
    expect(paint([line(bad("x\u001b[1my"))], { color: false })).toBe("xy\n");
  });
});

describe("columns", () => {
  it("come from COLUMNS, then the terminal, and have no end in a pipe", () => {
    expect(columnsOf({ terminal: true, columns: 100, env: { COLUMNS: "140" } })).toBe(140);
    expect(columnsOf({ terminal: true, columns: 100, env: { COLUMNS: "wide" } })).toBe(100);
    expect(columnsOf({ terminal: true, columns: undefined, env: {} })).toBe(80);
    expect(columnsOf({ terminal: false, columns: undefined, env: { COLUMNS: "60" } })).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("words", () => {
  it("count, size and time read naturally", () => {
    expect([count(1, "entry", "entries"), count(0, "pin"), count(2, "entry", "entries")]).toEqual([
      "1 entry",
      "0 pins",
      "2 entries",
    ]);
    expect([0, 812, 999, 1000, 9_949, 9_950, 3_200_000, 999_600, 41_000_000_000].map(size)).toEqual([
      "0 B",
      "812 B",
      "999 B",
      "1.0 kB",
      "9.9 kB",
      "10 kB",
      "3.2 MB",
      "1.0 MB",
      "41 GB",
    ]);
    const now = new Date("2026-11-15T09:00:00Z");
    expect(ago("2026-11-15T08:59:30Z", now)).toBe("just now");
    expect(ago("2026-11-15T08:59:00Z", now)).toBe("1 minute ago");
    expect(ago("2026-11-14T09:00:00Z", now)).toBe("24 hours ago");
    expect(ago("2026-11-05T09:00:00Z", now)).toBe("10 days ago");
    expect(ago("2026-11-16T09:00:00Z", now)).toBe("in the future by this machine's clock");
    expect(ago("rubbish", now)).toBe("at an unknown time");
  });

  it("summaries name kinds in one order", () => {
    expect(toDo(["remove", "install", "install"])).toBe("2 to install, 1 to remove");
    expect(done(["purge", "upgrade"])).toBe("1 upgraded, 1 purged");
    expect([toDo([]), done([])]).toEqual(["nothing to do", "nothing changed"]);
  });

  it("reasons name who caused them", () => {
    expect(why("dependency", "apt.ripgrep")).toBe("needed by ripgrep");
    expect(why("conflict")).toBe("conflict");
  });
});
